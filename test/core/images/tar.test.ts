import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TarError, type TarHeader, TarReader } from '../../../src/core/images/tar.ts';
import { TAR_END, tarMember } from '../../../src/core/images/tar-writer.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { type Member, tar } from '../../helpers/tar.ts';

interface Read extends TarHeader {
  content: string;
  position: number;
}

function read(archive: Buffer, pieces = archive.length): Read[] {
  const members: Read[] = [];
  const reader = new TarReader((header) => {
    const member: Read = { ...header, content: '', position: reader.position };
    members.push(member);
    return {
      write: (chunk) => {
        member.content += chunk.toString('latin1');
      },
      end: () => {},
    };
  });
  for (let at = 0; at < archive.length; at += pieces) reader.push(archive.subarray(at, at + pieces));
  reader.end();
  return members;
}

describe('archives of GNU tar', () => {
  const folder = temporaryFolder;
  const made = (format: string) => {
    const root = folder();
    const long = 'n'.repeat(90);
    mkdirSync(join(root, long, long), { recursive: true });
    writeFileSync(join(root, long, long, 'file'), 'x'.repeat(1000));
    symlinkSync(`${long}/${long}`, join(root, 'link'));
    writeFileSync(join(root, 'naïve'), '');
    chmodSync(join(root, 'naïve'), 0o4711);
    return execFileSync('tar', [
      '-c',
      `--format=${format}`,
      '--numeric-owner',
      '--owner=:70000',
      '--group=:3000000',
      '-C',
      root,
      '.',
    ]);
  };

  it.each(['gnu', 'pax'])('%s: long names, links, owners, modes', (format) => {
    const long = 'n'.repeat(90);
    const members = read(made(format), 700);
    const by = (path: string) => members.find((member) => member.path === path);
    expect(by(`./${long}/${long}/file`)).toMatchObject({
      type: '0',
      size: 1000,
      uid: 70000,
      gid: 3000000,
      content: 'x'.repeat(1000),
    });
    expect(by('./link')).toMatchObject({ type: '2', linkTarget: `${long}/${long}` });
    expect(by(Buffer.from('./naïve').toString('latin1'))).toMatchObject({ mode: 0o4711, size: 0 });
  });
});

describe('what is in an archive', () => {
  const member: Member = { path: 'a', content: 'hello', mode: 0o640, uid: 5, gid: 6 };

  it('is the same in pieces of every size', () => {
    const archive = tar([
      member,
      { path: 'd', type: 'directory' },
      { path: 'p'.repeat(200), content: 'y'.repeat(513) },
    ]);
    const whole = read(archive);
    for (const size of [1, 7, 511, 512, 513, 1024]) expect(read(archive, size)).toEqual(whole);
  });

  it('may have sums of signed bytes, as old writers made them', () => {
    const archive = tar([{ path: 'n\u00e9', content: 'hello' }]);
    const sum = Number.parseInt(archive.toString('latin1', 148, 154), 8) - 2 * 256;
    archive.write(sum.toString(8).padStart(6, '0'), 148, 'latin1');
    expect(read(archive)).toMatchObject([{ content: 'hello' }]);
  });

  it('says where contents start', () => {
    const archive = tar([
      { path: 'x'.repeat(150), content: 'one' },
      { path: 'b', content: 'two' },
    ]);
    for (const { position, content } of read(archive, 100))
      expect(archive.toString('latin1', position, position + 3)).toBe(content);
  });

  it('keeps every byte of an extended attribute', () => {
    const value = Buffer.from([1, 0, 0, 2, 0, 255, 10, 61, 32]);
    const [first] = read(tar([{ ...member, xattrs: { 'security.capability': value } }]));
    expect(Buffer.from(first?.xattrs.get('security.capability') ?? '', 'latin1')).toEqual(value);
  });

  const extended = (type: string, content: string | Buffer) =>
    tarMember(
      { path: 'e', type, mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, linkTarget: '', xattrs: new Map() },
      Buffer.from(content),
    );

  it('is what Go’s archive/tar makes of extended headers', () => {
    const [plain, end] = [tar([member]).subarray(0, 1024), TAR_END];
    const paths = (...parts: Buffer[]) => read(Buffer.concat([...parts, end])).map(({ path }) => path);
    // Of the whole archive: no runtime takes it, and it ends what was said before it.
    expect(paths(extended('g', '9 path=g\n'), plain, plain)).toEqual(['a', 'a']);
    expect(paths(extended('x', '9 path=x\n'), extended('g', '9 path=g\n'), plain)).toEqual(['a']);
    expect(paths(extended('L', 'l\0'), extended('g', '9 path=g\n'), plain)).toEqual(['a']);
    // Of the next member: the last one counts, and GNU's names before it.
    expect(paths(extended('x', '9 path=x\n'), plain, plain)).toEqual(['x', 'a']);
    expect(paths(extended('x', '9 path=x\n'), extended('x', '8 uid=1\n'), plain)).toEqual(['a']);
    expect(paths(extended('L', 'l\0'), extended('x', '9 path=x\n'), plain)).toEqual(['l']);
  });

  it('comes back from the writer', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 1, maxLength: 300 })
          .map((s) => s.replaceAll(/[\0/]/g, '_').replaceAll(/[\u0100-\uffff]/g, 'é')),
        fc.nat(0o7777),
        fc.nat(2 ** 31),
        fc.uint8Array({ maxLength: 1500 }),
        (path, mode, uid, content) => {
          const header = {
            path,
            type: '0',
            mode,
            uid,
            gid: 7,
            size: 0,
            mtime: 12,
            linkTarget: '',
            xattrs: new Map([['user.a', '\xff=\n']]),
          };
          const [back] = read(Buffer.concat([tarMember(header, Buffer.from(content)), TAR_END]), 333);
          expect(back).toMatchObject({ path, mode, uid, gid: 7, mtime: 12, xattrs: header.xattrs });
          expect(Buffer.from(back?.content ?? '', 'latin1')).toEqual(Buffer.from(content));
        },
      ),
    );
  });

  it.each<[string, (archive: Buffer) => Buffer, RegExp]>([
    ['cut in a header', (a) => a.subarray(0, 300), /cut off/],
    ['cut in a content', (a) => a.subarray(0, 600), /cut off/],
    ['a wrong sum', (a) => Buffer.from(a.map((byte, at) => (at === 1 ? 65 : byte))), /check sum/],
    ['text', () => Buffer.from('<html>'.repeat(200)), /check sum|number/],
    ['a name with a NUL', (a) => Buffer.concat([extended('x', '11 path=a\0b\n'), a]), /pax/],
    ['a sparse name with one', (a) => Buffer.concat([extended('x', '22 GNU.sparse.name=a\0\n'), a]), /pax/],
    ['a malformed header of all', (a) => Buffer.concat([extended('g', 'x'), a]), /pax/],
    [
      'an endless extended header',
      () =>
        tarMember(
          { path: 'x', type: 'x', mode: 0, uid: 0, gid: 0, size: 0, mtime: 0, linkTarget: '', xattrs: new Map() },
          Buffer.alloc(2 ** 20 + 1),
        ),
      /extended header/,
    ],
  ])('is refused: %s', (_, change, message) => {
    const archive = change(tar([member]));
    expect(() => read(archive)).toThrow(TarError);
    expect(() => read(archive)).toThrow(message);
  });

  it('never takes random bytes for more than an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.boolean(), (bytes, start) => {
        const archive = start ? Buffer.concat([tar([member]).subarray(0, 1024), bytes]) : Buffer.from(bytes);
        try {
          read(archive, 100);
        } catch (error) {
          expect(error).toBeInstanceOf(TarError);
        }
      }),
    );
  });
});
