/** What a value of a type is called, by the type's name in JSON Schema. */
export function article(type: string): string {
  return (
    ({ object: 'a mapping', array: 'a list', integer: 'a whole number' } as Record<string, string>)[type] ?? `a ${type}`
  );
}

/** A value as a message shows it: short, and never the whole of a list or mapping. */
export function show(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

/** Words in quotes, to choose from. */
export function quotedList(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(' or ');
}
