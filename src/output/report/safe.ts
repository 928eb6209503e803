/**
 * Control characters, what turns the direction of reading, and what is no character: none of them may reach a
 * terminal or a log, and XML and YAML cannot hold all of them.
 */
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\p{Surrogate}/gu;

/** Text of other people's files, made fit for every format: line ends and tabs stay, the rest shows as `\u001b`. */
export function manyLines(text: string): string {
  return text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same on one line. */
export function oneLine(text: string): string {
  return manyLines(text)
    .replaceAll(/\s*[\n\t]\s*/g, ' ')
    .trim();
}

/** At most so many characters, the last of them a sign that there was more. */
export function cut(text: string, length: number, more = '…'): string {
  if (text.length <= length) return text;
  // Half of a surrogate pair is no character.
  return `${text.slice(0, Math.max(0, length - more.length)).replace(/[\ud800-\udbff]$/, '')}${more}`;
}
