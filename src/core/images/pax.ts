import type { ByteString } from './bytes.ts';
import type { TarHeader } from './tar.ts';

/** Records of a pax extended header (POSIX.1-2001, "pax Interchange Format"). */
export type PaxRecords = Map<string, ByteString>;

const XATTR = 'SCHILY.xattr.';
const NAMES = ['path', 'linkpath', 'GNU.sparse.name'];

/** `LENGTH KEY=VALUE\n`, one after another; the length counts the whole record. Undefined where it is malformed. */
export function parsePax(content: Buffer): PaxRecords | undefined {
  const records: PaxRecords = new Map();
  let at = 0;
  while (at < content.length) {
    const blank = content.indexOf(32, at);
    if (blank < 0) return undefined;
    const digits = content.toString('latin1', at, blank);
    const end = at + Number(digits);
    if (!/^[0-9]{1,9}$/.test(digits) || end <= blank + 1 || end > content.length || content[end - 1] !== 10)
      return undefined;
    const equals = content.indexOf(61, blank);
    if (equals < 0 || equals >= end) return undefined;
    const key = content.toString('latin1', blank + 1, equals);
    const value = content.toString('latin1', equals + 1, end - 1);
    // A name with a NUL names something else to every program written in C.
    if (!key || (NAMES.includes(key) && value.includes('\0'))) return undefined;
    records.set(key, value);
    at = end;
  }
  return records;
}

/** Of nearly every file. */
export const NO_XATTRS: ReadonlyMap<string, ByteString> = new Map();

/** Lets the records have the last word on a header's fields. */
export function applyPax(header: TarHeader, records: PaxRecords): void {
  let xattrs: Map<string, ByteString> | undefined;
  for (const [key, value] of records) {
    if (key === 'path' || key === 'GNU.sparse.name') header.path = value;
    else if (key === 'linkpath') header.linkTarget = value;
    else if (key === 'uid' || key === 'gid' || key === 'size') header[key] = Number(value) || 0;
    else if (key === 'mtime') header.mtime = Math.floor(Number(value)) || 0;
    else if (key.startsWith(XATTR)) {
      xattrs ??= new Map();
      xattrs.set(key.slice(XATTR.length), value);
    }
  }
  if (xattrs) header.xattrs = xattrs;
}
