/**
 * Splits a command line into words as a POSIX shell does: blanks part, quotes and backslashes keep together.
 * Nothing is expanded. Source: POSIX Shell Command Language, 2.2 Quoting.
 * @returns undefined where a quote is left open
 */
export function shellWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const char = line[i] ?? '';
    const escapes = char === '\\' && quote !== "'" && (quote === '' || '"\\$`'.includes(line[i + 1] ?? ' '));
    if (escapes && i + 1 < line.length) word = (word ?? '') + line[++i];
    else if (quote !== '' && char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return undefined;
  return word === undefined ? words : [...words, word];
}
