import type { ByteString } from './bytes.ts';

/** BINPRM_BUF_SIZE. */
const BUFFER = 256;

/**
 * The interpreter that the first line of a script names, and its one argument: fs/binfmt_script.c, byte for byte.
 * @param text the file from its `#!` on
 * @returns undefined where the kernel does not take it for a script (ENOEXEC)
 */
export function parseShebang(text: ByteString): { interpreter: ByteString; argument?: ByteString } | undefined {
  const buffer = text.slice(0, BUFFER).padEnd(BUFFER, '\0');
  const nul = buffer.indexOf('\0');
  const newline = buffer.indexOf('\n');
  let end = newline >= 0 && (nul < 0 || newline < nul) ? newline : -1;
  if (end < 0) {
    end = BUFFER - 1;
    const start = skipBlanks(buffer, 2, end);
    // A path that goes on behind the end of what is read would be cut: refused.
    if (start < 0 || terminator(buffer, start, end) < 0) return undefined;
  }
  while (end > 2 && isBlank(buffer[end - 1])) end--;
  const name = skipBlanks(buffer, 2, end);
  if (name < 0 || name === end) return undefined;
  const separator = terminator(buffer, name, end);
  const nameEnd = separator < 0 ? end : separator;
  const interpreter = buffer.slice(name, nameEnd);
  if (separator < 0 || buffer[separator] === '\0') return { interpreter };
  const from = skipBlanks(buffer, separator, end);
  if (from < 0 || from === end) return { interpreter };
  const until = buffer.indexOf('\0', from);
  return { interpreter, argument: buffer.slice(from, until < 0 ? end : Math.min(end, until)) };
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** Both ends are looked at, as the kernel's next_non_spacetab does. */
function skipBlanks(buffer: string, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (!isBlank(buffer[i])) return i;
  return -1;
}

function terminator(buffer: string, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (isBlank(buffer[i]) || buffer[i] === '\0') return i;
  return -1;
}
