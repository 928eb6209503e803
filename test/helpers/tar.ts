/** One member of an archive for a test. */
export interface Member {
  path: string;
  type?: 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo';
  mode?: number;
  uid?: number;
  gid?: number;
  content?: Buffer | string;
  target?: string;
  /** Byte by byte. */
  xattrs?: Record<string, Buffer>;
}

const FLAGS = { file: '0', hardlink: '1', symlink: '2', directory: '5', fifo: '6' } as const;

/** A tar archive as Go's archive/tar writes it: ustar, and pax where that is not enough. */
export function tar(members: readonly Member[]): Buffer {
  return Buffer.concat([...members.map(member), Buffer.alloc(1024)]);
}

function member(m: Member): Buffer {
  const content = Buffer.from(m.content ?? '');
  const path = Buffer.from(m.path);
  const target = Buffer.from(m.target ?? '');
  const records = [
    ...(path.length > 100 ? [record('path', path)] : []),
    ...(target.length > 100 ? [record('linkpath', target)] : []),
    ...(Math.max(m.uid ?? 0, 0) > 0o7777777 ? [record('uid', Buffer.from(String(m.uid)))] : []),
    ...(Math.max(m.gid ?? 0, 0) > 0o7777777 ? [record('gid', Buffer.from(String(m.gid)))] : []),
    ...Object.entries(m.xattrs ?? {}).map(([name, value]) => record(`SCHILY.xattr.${name}`, value)),
  ];
  const pax = Buffer.concat(records);
  return Buffer.concat([
    ...(records.length > 0 ? [header({ ...m, path: 'pax', target: '' }, 'x', pax.length), padded(pax)] : []),
    header(m, FLAGS[m.type ?? 'file'], content.length),
    padded(content),
  ]);
}

function record(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = rest.length + String(rest.length).length;
  length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function header(m: Member, flag: string, size: number): Buffer {
  const block = Buffer.alloc(512);
  Buffer.from(m.path).copy(block, 0, 0, 100);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  octal(m.mode ?? (m.type === 'directory' ? 0o755 : 0o644), 100, 8);
  octal(Math.min(m.uid ?? 0, 0o7777777), 108, 8);
  octal(Math.min(m.gid ?? 0, 0o7777777), 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(flag, 156, 'latin1');
  Buffer.from(m.target ?? '').copy(block, 157, 0, 100);
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}
