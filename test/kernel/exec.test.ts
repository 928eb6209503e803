import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mayAccess, READ } from '../../src/core/images/access.ts';
import { execve } from '../../src/core/images/exec.ts';
import type { Identity } from '../../src/core/images/identity.ts';
import { type World, walk } from '../../src/core/images/walk.ts';
import { elf } from '../helpers/elf.ts';
import { treeOf } from '../helpers/layer.ts';
import type { Member } from '../helpers/tar.ts';

/**
 * The analysis against the kernel: random trees of files are made for real, and a child that has dropped to the same
 * identity executes a program of each. Verdict and errno must agree. MCPK_SEED and MCPK_RUNS repeat or lengthen it.
 */
const RUNS = Number(process.env['MCPK_RUNS'] ?? 3000);
const SEED = Number(process.env['MCPK_SEED'] ?? Date.now() % 2 ** 31);

const root = process.getuid?.() === 0;
const supported = root && process.platform === 'linux' && process.arch === 'x64' && existsSync('/usr/bin/python3');
if (!supported) console.log('skipped: the comparison with the kernel needs root, Linux on x86_64 and python3');

interface Case {
  members: Member[];
  identity: Identity;
  program: string;
  cwd: string;
}

const ids = fc.constantFrom(0, 1000, 1001, 65532);
const gids = fc.constantFrom(0, 1000, 2000);
const mode = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0o755) },
  { weight: 4, arbitrary: fc.constantFrom(0o700, 0o711, 0o750, 0o710, 0o070, 0o007, 0o077, 0o444, 0o1777, 0o4755, 0) },
  { weight: 1, arbitrary: fc.constantFrom(0o111, 0o311, 0o711) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 0o7777 }) },
);
const name = fc.constantFrom('a', 'b', 'c', 'bin', 'd');
const absolute = fc
  .oneof(
    { weight: 3, arbitrary: fc.constant(1) },
    { weight: 3, arbitrary: fc.constant(2) },
    { weight: 1, arbitrary: fc.integer({ min: 3, max: 4 }) },
  )
  .chain((length) => fc.array(name, { minLength: length, maxLength: length }))
  .map((parts) => `/${parts.join('/')}`);
const wild = fc.oneof(
  { weight: 6, arbitrary: absolute },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(name, fc.constantFrom('..', '.', '')), { maxLength: 5 }).map((p) => p.join('/')),
  },
  { weight: 1, arbitrary: absolute.map((path) => `${path}/`) },
  { weight: 1, arbitrary: fc.constantFrom('/', '', '/a/..', `/${'n'.repeat(256)}`, `/${'a/'.repeat(2050)}`) },
);
/** Once in so many times. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, times: number) =>
  fc.oneof({ weight: times - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

const capability = fc.constantFrom(
  '0100000200040000000000000000000000000000',
  '0000000200040000000000000000000000000000',
  '0100000200000000000400000000000000000000',
  '0100000204000000000000000000000000000000',
);

const blanks = fc.constantFrom('', ' ', '\t', '  \t');
const script = fc
  .tuple(
    blanks,
    wild,
    fc.constantFrom('', ' -e', ' x y', '\t', '\r', ' '),
    fc.constantFrom('\n', '', '\0', '\0\n', '\nrest'),
  )
  .map(([before, path, after, end]) => `#!${before}${path}${after}${end}`);
const content = fc.oneof(
  { weight: 6, arbitrary: fc.constant(elf({ type: 3 })) },
  { weight: 6, arbitrary: script },
  { weight: 3, arbitrary: wild.map((interpreter) => elf({ type: 3, interpreter })) },
  { weight: 1, arbitrary: fc.constantFrom(elf({ machine: 183 }), elf({ phentsize: 32 }), elf({ type: 1 })) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 0, max: 180 }).map((cutTo) => elf({ type: 3, interpreter: '/a/b', cutTo })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      'text',
      '#!',
      '#! \n',
      '#!/a',
      `#!${' '.repeat(300)}/a\n`,
      `#!/${'a'.repeat(300)}\n`,
      `#!/bin ${'x'.repeat(300)}`,
    ),
  },
);

type Made = Pick<Member, 'type' | 'mode' | 'uid' | 'gid' | 'content' | 'target' | 'xattrs'>;

const made: fc.Arbitrary<Made> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('directory' as const), mode, uid: ids, gid: gids }) },
  {
    weight: 6,
    arbitrary: fc
      .record({ type: fc.constant('file' as const), mode, uid: ids, gid: gids, content, cap: seldom(capability, 5) })
      .map(({ cap, ...file }) =>
        cap ? { ...file, xattrs: { 'security.capability': Buffer.from(cap, 'hex') } } : file,
      ),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('symlink' as const),
      target: wild.filter((t) => t !== '' && t.length < 4000),
      uid: ids,
      gid: gids,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('fifo' as const), mode, uid: ids, gid: gids }) },
);

/** Where each thing stands: only below what is a folder, each name once. Longer trees hang on the folders before. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    things: fc.array(fc.tuple(fc.nat(), name, made), { minLength: 3, maxLength: 14 }),
    chain: seldom(
      fc.record({ length: fc.integer({ min: 1, max: 43 }), what: fc.constantFrom('links', 'scripts') }),
      25,
    ),
    links: seldom(fc.tuple(fc.nat(), name), 6),
    uid: ids,
    gid: gids,
    groups: fc.subarray([0, 1000, 2000]),
    program: fc.oneof({ weight: 9, arbitrary: fc.nat() }, { weight: 1, arbitrary: wild }),
    cwd: fc.nat(),
    relative: fc.boolean(),
  })
  .map(({ things, chain, links, uid, gid, groups, program, cwd, relative }) => {
    const folders = [''];
    const members: Member[] = [];
    const taken = new Set<string>();
    const add = (path: string, thing: Made) => {
      if (taken.has(path)) return;
      taken.add(path);
      members.push({ path, uid: 0, gid: 0, ...thing });
      if (thing.type === 'directory') folders.push(path);
    };
    for (const [where, own, thing] of things) add(below(folders[where % folders.length] ?? '', own), thing);
    if (chain) addChain(chain.what, chain.length, add);
    const files = members.filter(({ type }) => type === 'file');
    if (links && files.length > 0) {
      const { path, type: _, ...same } = files[links[0] % files.length] as Member;
      add(`hard-${links[1]}`, { ...same, type: 'hardlink', target: path, content: '' });
    }
    const paths = members.filter(({ type }) => type !== 'directory').map(({ path }) => path);
    const chosen = chain
      ? 'chain0'
      : typeof program === 'number'
        ? (paths[program % Math.max(paths.length, 1)] ?? 'a')
        : program;
    const folder = folders[cwd % folders.length] ?? '';
    const path = typeof program === 'number' && !(relative && folder === '') ? `/${chosen}` : chosen;
    return { members, identity: { uid, gid, groups, capabilities: [] }, program: path, cwd: `/${folder}` };
  });

const below = (folder: string, own: string) => (folder === '' ? own : `${folder}/${own}`);

function addChain(what: string, length: number, add: (path: string, thing: Made) => void): void {
  for (let i = 0; i < length; i++) {
    if (what === 'links') add(`chain${i}`, { type: 'symlink', target: `chain${i + 1}` });
    else add(`chain${i}`, { type: 'file', mode: 0o755, content: `#!/chain${i + 1}\n` });
  }
  add(`chain${length}`, { type: 'file', mode: 0o755, content: elf({ type: 3 }) });
}

const base64 = (value: Buffer | string) => Buffer.from(value).toString('base64');

function request({ members, identity, program, cwd }: Case): string {
  return JSON.stringify({
    entries: members.map((m) => ({
      type: m.type,
      path: base64(m.path),
      mode: m.mode ?? 0o777,
      uid: m.uid ?? 0,
      gid: m.gid ?? 0,
      target: base64(m.target ?? ''),
      content: base64(m.content ?? ''),
      xattrs: Object.fromEntries(Object.entries(m.xattrs ?? {}).map(([key, value]) => [key, base64(value)])),
    })),
    ...identity,
    program: base64(program),
    cwd: base64(cwd),
  });
}

const NUMBERS: Record<string, number> = { EACCES: 13, ENOENT: 2, ELOOP: 40, ENOTDIR: 20, ENAMETOOLONG: 36 };

/** What the analysis says: the errno of execve, or what the program then meets when it opens its script. */
function predict({ members, identity, program, cwd }: Case): { errno: string | null; exit?: number } | 'unknown' {
  const files = treeOf([{ path: './', type: 'directory' }, ...members]);
  const world: World = {
    files,
    machine: 62,
    protectedSymlinks: readFileSync('/proc/sys/fs/protected_symlinks', 'latin1').trim() === '1',
  };
  const everything: Identity = { uid: 0, gid: 0, groups: [0], capabilities: ['DAC_OVERRIDE'] };
  const folder = walk(world, everything, cwd, files.root()).inode;
  if (!folder) throw new Error(`the case has no working folder ${cwd}`);
  const execution = execve(world, identity, program, folder);
  if (execution.unknown) return 'unknown';
  if (execution.errno) return { errno: execution.errno };
  const found = walk(world, identity, program, folder);
  const readable = found.inode && mayAccess(found.inode, identity, READ) ? 0 : NUMBERS[found.errno ?? 'EACCES'];
  return { errno: null, exit: readable ?? -1 };
}

describe.skipIf(!supported)('verdict and errno against the kernel', () => {
  let kernel: ChildProcess;
  let lines: Interface;
  let answers: AsyncIterator<string>;

  beforeAll(() => {
    kernel = spawn('/usr/bin/python3', [fileURLToPath(new URL('exec_as.py', import.meta.url))], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    lines = createInterface({ input: kernel.stdout as NodeJS.ReadableStream });
    answers = lines[Symbol.asyncIterator]();
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => kernel.once('close', resolve));
    kernel.stdin?.end();
    await ended;
  });

  async function ask(one: Case): Promise<{ errno: string | null; exit?: number }> {
    kernel.stdin?.write(`${request(one)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the child that asks the kernel has ended');
    return JSON.parse(value);
  }

  test(`${RUNS} generated trees`, { timeout: 600_000 }, async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const predicted = predict(one);
        const observed = await ask(one);
        const kind =
          predicted === 'unknown'
            ? 'unknown'
            : (predicted.errno ?? (predicted.exit === 0 ? 'runs' : 'runs, script unreadable'));
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        if (predicted === 'unknown') return;
        // A program that the kernel took and then killed was executed.
        if (observed.exit !== undefined && observed.exit < 0) expect(predicted.errno).toBeNull();
        else expect(predicted).toEqual(observed);
      }),
      { numRuns: RUNS, seed: SEED },
    );
    console.log(
      `seed ${SEED}: ${[...seen]
        .sort()
        .map(([kind, count]) => `${kind} ${count}`)
        .join(', ')}`,
    );
    // A generator that only makes failures, or only one of them, would prove little.
    for (const kind of ['runs', 'runs, script unreadable', 'EACCES', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOEXEC', 'EPERM'])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(RUNS / 500);
    expect(seen.get('unknown') ?? 0).toBeLessThan(RUNS / 50);
  });
});
