import type { ByteString } from './bytes.ts';
import type { TarHeader } from './tar.ts';

const BLOCK = 512;
const OCTAL_MAX = 0o7777777;

/** One member as an archive holds it: ustar, with a pax header before it for what ustar cannot say. */
export function tarMember(header: TarHeader, content: Buffer): Buffer {
  const records = paxRecords(header);
  const pax = Buffer.concat(records);
  return Buffer.concat([
    ...(records.length > 0
      ? [
          block({ ...header, path: 'PaxHeaders', linkTarget: '', type: 'x', mode: 0o644, size: pax.length }),
          padded(pax),
        ]
      : []),
    block({ ...header, size: content.length }),
    padded(content),
  ]);
}

/** What stands at the end of an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

function paxRecords({ path, linkTarget, uid, gid, xattrs }: TarHeader): Buffer[] {
  return [
    ...(path.length > 100 ? [record('path', path)] : []),
    ...(linkTarget.length > 100 ? [record('linkpath', linkTarget)] : []),
    ...(uid > OCTAL_MAX ? [record('uid', String(uid))] : []),
    ...(gid > OCTAL_MAX ? [record('gid', String(gid))] : []),
    ...[...xattrs].map(([name, value]) => record(`SCHILY.xattr.${name}`, value)),
  ];
}

/** The length counts itself. */
function record(key: string, value: ByteString): Buffer {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.from(`${length}${rest}`, 'latin1');
}

function block(header: TarHeader): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const text = (value: ByteString, at: number, length: number) => bytes.write(value.slice(0, length), at, 'latin1');
  const octal = (value: number, at: number, length: number) =>
    text(value.toString(8).padStart(length - 1, '0'), at, length - 1);
  text(header.path, 0, 100);
  octal(header.mode, 100, 8);
  octal(Math.min(header.uid, OCTAL_MAX), 108, 8);
  octal(Math.min(header.gid, OCTAL_MAX), 116, 8);
  octal(header.size, 124, 12);
  octal(Math.max(0, header.mtime), 136, 12);
  text(header.type, 156, 1);
  text(header.linkTarget, 157, 100);
  text('ustar\x0000', 257, 8);
  bytes.fill(32, 148, 156);
  octal(
    bytes.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return bytes;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}
