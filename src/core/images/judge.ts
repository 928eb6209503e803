import { classOf } from './access.ts';
import { toBytes, toText } from './bytes.ts';
import { ContainerFiles } from './container-files.ts';
import type { Opened } from './exec.ts';
import type { Files, Inode } from './file-tree.ts';
import { hazards } from './hazards.ts';
import { homeOf, type Identity, identityOf } from './identity.ts';
import type { ImageConfig } from './manifest.ts';
import { ALMIGHTY } from './open-file.ts';
import { nextOf } from './programs.ts';
import { argvOf, type ContainerSettings, environmentOf, workingDirOf } from './settings.ts';
import { type Obstacle, type Process, start } from './start.ts';
import { type Errno, type World, walk } from './walk.ts';
import { type WriteProblem, writeProblems } from './writes.ts';

export type VerdictWord = 'ok' | 'fails' | 'risky' | 'unchecked';

/** What the analysis says of one image, one command and one identity. */
export interface Judgement {
  verdict: VerdictWord;
  /** One sentence: why. */
  summary: string;
  /** Where it fails, as the kernel says it. */
  errno?: Errno;
  /** The file or folder that stands in the way. */
  path?: string;
  /** What was to be executed or opened. */
  subject?: string;
  /** The error that the pod's log shows. */
  message?: string;
  identity?: Identity;
  argv: string[];
  /** What was opened to get there; the last one is where it ends. */
  chain: Opened[];
  /** What may go wrong later, or depends on what is no part of the image. */
  warnings: string[];
  writes: WriteProblem[];
  /** Folder that the program starts in. */
  workingDir: string;
}

/** An image as the analysis needs it. */
export interface Image {
  files: Files;
  config: ImageConfig;
}

/** Facts of nodes that no image tells. */
export interface Node {
  machine: number;
  protectedSymlinks: boolean;
}

/** ELF's numbers (e_machine) of the CPUs that images are built for. */
const ELF_MACHINES: Record<string, number> = {
  '386': 3,
  amd64: 62,
  arm: 40,
  arm64: 183,
  ppc64le: 21,
  riscv64: 243,
  s390x: 22,
  loong64: 258,
};

/** A node of the platform that the image is for, with the settings of common distributions. */
export function nodeFor(architecture: string): Node {
  return { machine: ELF_MACHINES[architecture] ?? 0, protectedSymlinks: true };
}

/** So many programs one behind the other: tini, a shell, env, and what they start. */
const MAX_PROGRAMS = 8;

/** Whether a container of this image with these settings starts its program. Runs nothing. */
export function judge(image: Image, settings: ContainerSettings, node: Node): Judgement {
  const argv = argvOf(image.config, settings);
  const workingDir = workingDirOf(image.config, settings);
  const base = { argv, workingDir, chain: [], warnings: [], writes: [] };
  const whole = { files: image.files, ...node };
  const text = (path: string) => walk(whole, ALMIGHTY, path, image.files.root()).inode?.text ?? '';
  const passwd = text('/etc/passwd');
  const who = identityOf({ ...settings, imageUser: image.config.user }, passwd, text('/etc/group'));
  if (!who.ok) return { ...base, verdict: 'fails', summary: who.message, message: `Error: ${who.message}` };
  const { identity } = who;
  if (argv.length === 0 || argv[0] === '')
    return {
      ...base,
      identity,
      verdict: 'fails',
      summary: 'the image names no command, and none was given',
      message: 'no command specified',
    };
  const env = environmentOf(image.config, settings);
  const files = new ContainerFiles(image.files, settings.mounts, { fsGroup: settings.fsGroup, folders: [workingDir] });
  const world: World = { files, ...node };
  const place = workingFolder(world, identity, workingDir);
  if ('refusal' in place) return { ...base, identity, verdict: 'fails', ...place.refusal };
  const process: Process = { world, identity, cwd: place.cwd, env };
  const run = follow(process, argv.map(toBytes));
  const writes = writeProblems(process, files, {
    home: env['HOME'] || homeOf(identity.uid, passwd),
    volumes: image.config.volumes,
    readOnlyRoot: settings.readOnlyRootFilesystem,
    mounts: settings.mounts,
  });
  const later = hazards(process, { mounts: settings.mounts, workingDir });
  const warnings = [...place.warnings, ...run.warnings, ...later, ...writes.filter(matters).map(describeWrite)];
  return { ...base, identity, ...run.outcome, writes, warnings, verdict: wordFor(run.outcome.verdict, warnings) };
}

/** Caches elsewhere are slower, homes and data that cannot be written are what servers stop at. */
function matters({ role }: WriteProblem): boolean {
  return role !== 'cache';
}

function wordFor(word: VerdictWord, warnings: string[]): VerdictWord {
  return word === 'ok' && warnings.length > 0 ? 'risky' : word;
}

function describeWrite({ path, role, errno }: WriteProblem): string {
  const what = { home: 'HOME', temporary: 'the temporary folder', volume: 'a VOLUME of the image', cache: 'a cache' }[
    role
  ];
  const why = { EROFS: 'the file system is read-only', EACCES: 'permission denied', ENOENT: 'it is not there' }[errno];
  return `it cannot write to ${path} (${what}): ${why}`;
}

/** The runtime goes there as root, then again as the user; older ones stop where only root may (runc, finalizeNamespace). */
function workingFolder(
  world: World,
  identity: Identity,
  workingDir: string,
): { cwd: Inode; warnings: string[] } | { refusal: Pick<Judgement, 'summary' | 'message' | 'errno' | 'path'> } {
  const root = world.files.root();
  const found = walk(world, ALMIGHTY, toBytes(workingDir), root).inode;
  if (found?.type !== 'directory') {
    return {
      refusal: {
        summary: `the working folder ${workingDir} is no folder`,
        message: `chdir to cwd ("${workingDir}") set in config.json failed: not a directory`,
        errno: 'ENOTDIR',
        path: workingDir,
      },
    };
  }
  const mine = walk(world, identity, `${toBytes(workingDir)}/.`, root);
  const warnings = mine.errno
    ? [
        `uid ${identity.uid} may not enter the working folder ${workingDir}: some runtimes refuse to start it (chdir: permission denied)`,
      ]
    : [];
  return { cwd: found, warnings };
}

interface Followed {
  outcome: Pick<Judgement, 'verdict' | 'summary' | 'errno' | 'path' | 'subject' | 'message' | 'chain'>;
  warnings: string[];
}

/** From program to program, as far as their command lines tell. */
function follow(first: Process, argv: string[]): Followed {
  const warnings: string[] = [];
  const chain: Opened[] = [];
  let process = first;
  let words = argv;
  for (let programs = 0; programs < MAX_PROGRAMS; programs++) {
    const result = start(process, words);
    if (!result.ok) {
      if ('unknown' in result) return { outcome: unchecked(result.unknown, [...chain, ...result.chain]), warnings };
      return { outcome: failed(process.identity, result.obstacle, chain), warnings };
    }
    chain.push(...result.started.opened);
    const next = nextOf(process, result.started);
    if (next.obstacle) return { outcome: failed(process.identity, next.obstacle, chain), warnings };
    if (next.unknown) return { outcome: unchecked(next.unknown, chain), warnings };
    if (next.risk) warnings.push(next.risk);
    if (!next.argv || next.argv.length === 0) return { outcome: works(process.identity, argv, chain), warnings };
    words = next.argv;
    process = { ...process, env: next.env ?? process.env };
  }
  return { outcome: unchecked('what comes after so many programs that start each other', chain), warnings };
}

function works({ uid, gid }: Identity, argv: string[], chain: Opened[]): Followed['outcome'] {
  return { verdict: 'ok', summary: `uid ${uid}, gid ${gid} can execute ${toText(argv[0] ?? '')}`, chain };
}

function unchecked(what: string, chain: Opened[]): Followed['outcome'] {
  return { verdict: 'unchecked', summary: `cannot be told without running it: ${what}`, chain };
}

const WORDS: Record<Errno, string> = {
  EACCES: 'permission denied',
  EINVAL: 'invalid argument',
  EIO: 'input/output error',
  ELIBBAD: 'accessing a corrupted shared library',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ENOENT: 'no such file or directory',
  ENOEXEC: 'exec format error',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
};

function failed(identity: Identity, obstacle: Obstacle, before: Opened[]): Followed['outcome'] {
  const subject = toText(obstacle.subject);
  const blocked = obstacle.chain.at(-1)?.steps.find(({ errno }) => errno);
  const path = toText(blocked?.inode?.path ?? obstacle.chain.at(-1)?.path ?? obstacle.subject);
  return {
    verdict: 'fails',
    errno: obstacle.errno,
    subject,
    path,
    summary: summarize(identity, obstacle, subject, blocked?.inode),
    message: obstacle.message ?? `fork/exec ${subject}: ${WORDS[obstacle.errno]}`,
    // A program that has started and then fails shows how it was started, too.
    chain:
      obstacle.stage === 'start'
        ? [...before.filter((one) => !obstacle.chain.includes(one)), ...obstacle.chain]
        : obstacle.chain,
  };
}

function summarize(identity: Identity, obstacle: Obstacle, subject: string, blocked: Inode | undefined): string {
  const reason = obstacle.reason ? `: ${obstacle.reason}` : '';
  const last = obstacle.chain.at(-1);
  if (blocked && obstacle.chain.some(({ steps }) => steps.some(({ errno }) => errno === 'EACCES'))) {
    const verb =
      blocked.type === 'directory' && last?.inode?.path !== blocked.path
        ? 'enter'
        : obstacle.stage === 'start'
          ? 'read'
          : 'execute';
    const path = toText(blocked.path);
    const way = path === subject ? '' : `, and ${subject} leads there`;
    const bits = (blocked.mode & 0o7777).toString(8).padStart(4, '0');
    return `uid ${identity.uid} may not ${verb} ${path} (mode ${bits}, owner ${blocked.uid}:${blocked.gid}, it counts as ${classOf(blocked, identity)})${way}${reason}`;
  }
  if (obstacle.errno === 'ENOENT' && last && last.role !== 'program')
    return `${subject} names ${toText(last.path)} as its ${last.role}, which is not in the image`;
  return `${subject}: ${WORDS[obstacle.errno]}${reason}`;
}
