import { mayAccess, READ } from './access.ts';
import type { ByteString } from './bytes.ts';
import { type Execution, execve, type Opened } from './exec.ts';
import type { Inode } from './file-tree.ts';
import type { Identity } from './identity.ts';
import { lookPath } from './look-path.ts';
import { type Errno, type Step, type World, walk } from './walk.ts';

/** What a process is started with. */
export interface Process {
  world: World;
  identity: Identity;
  cwd: Inode;
  env: Record<string, string>;
}

/** One thing that keeps a program from working. */
export interface Obstacle {
  /** `exec`: the program is not started. `start`: it is, and then cannot do what it needs. */
  stage: 'look-up' | 'exec' | 'start';
  /** Of the error that shows; of `start`, where the program hides it, what the kernel told it. */
  errno: Errno;
  /** What was to be executed or opened. */
  subject: ByteString;
  /** In words. */
  reason?: string;
  /** The error as the pod's log shows it. */
  message?: string;
  chain: Opened[];
}

/** A program that would run, and with which words. */
export interface Started {
  /** The file that the processor runs: never a script. */
  program: Inode;
  /** As it was found through PATH. */
  path: ByteString;
  /** Its own, after what `#!` lines have put before. */
  argv: ByteString[];
  opened: Opened[];
}

export type StartResult =
  | { ok: true; started: Started }
  | { ok: false; obstacle: Obstacle }
  | { ok: false; unknown: string; chain: Opened[] };

/** Looks a program up and executes it, without running it; a script's interpreter must also be able to read it. */
export function start(process: Process, argv: readonly ByteString[]): StartResult {
  const { world, identity, cwd } = process;
  const name = argv[0] ?? '';
  const found = lookPath(world, identity, name, { path: process.env['PATH'] ?? '', cwd });
  if (found.path === undefined) return { ok: false, obstacle: notFound(name, found.candidates) };
  if (found.dot) {
    return {
      ok: false,
      obstacle: {
        stage: 'look-up',
        errno: 'ENOENT',
        subject: name,
        chain: [],
        message: `exec: "${name}": cannot run executable found relative to current directory`,
      },
    };
  }
  const execution = execve(world, identity, found.path, cwd);
  if (execution.unknown) return { ok: false, unknown: execution.reason ?? '', chain: execution.opened };
  if (execution.errno) return { ok: false, obstacle: execFailed(found.path, execution, execution.errno) };
  const unreadable = unreadableScript(process, execution.opened);
  if (unreadable) return { ok: false, obstacle: unreadable };
  const programs = execution.opened.filter(({ role }) => role !== 'loader');
  const program = programs.at(-1)?.inode;
  if (!program) return { ok: false, unknown: `what ${found.path} leads to`, chain: execution.opened };
  const path = programs.at(-1)?.path ?? found.path;
  return {
    ok: true,
    started: { program, path, argv: argvOfScripts(programs, found.path, argv), opened: execution.opened },
  };
}

function notFound(name: ByteString, candidates: ReturnType<typeof lookPath>['candidates']): Obstacle {
  const denied = candidates.find(({ errno }) => errno === 'EACCES');
  const shown = denied && {
    path: denied.path,
    role: 'program' as const,
    steps: deniedSteps(denied.walk.steps),
    ...(denied.walk.inode && { inode: denied.walk.inode }),
  };
  return {
    stage: 'look-up',
    errno: 'ENOENT',
    subject: denied?.path ?? name,
    reason: denied
      ? 'what may not be executed is passed over when PATH is searched'
      : `none of the folders of PATH has it`,
    message: `exec: "${name}": executable file not found in $PATH`,
    chain: shown ? [shown] : [],
  };
}

function deniedSteps(steps: Step[]): Step[] {
  const last = steps.at(-1);
  if (last && !steps.some(({ errno }) => errno)) last.errno = 'EACCES';
  return steps;
}

function execFailed(path: ByteString, execution: Execution, errno: Errno): Obstacle {
  return {
    stage: 'exec',
    errno,
    subject: path,
    ...(execution.reason !== undefined && { reason: execution.reason }),
    chain: execution.opened,
  };
}

/** Each script is read by the interpreter that its first line names. */
function unreadableScript({ world, identity, cwd }: Process, opened: Opened[]): Obstacle | undefined {
  const scripts = opened.filter(({ inode }) => inode?.program?.kind === 'script');
  for (const script of scripts) {
    if (!script.inode || mayAccess(script.inode, identity, READ)) continue;
    const again = walk(world, identity, script.path, cwd);
    const last = again.steps.at(-1);
    if (last) last.errno = 'EACCES';
    const interpreter = opened[opened.indexOf(script) + 1]?.path ?? '';
    return {
      stage: 'start',
      errno: 'EACCES',
      subject: script.path,
      reason: `it may be executed and not read, and ${interpreter} has to read it`,
      message: `${interpreter.split('/').at(-1)}: cannot open ${script.path}: Permission denied`,
      chain: [{ path: script.path, role: 'program', steps: again.steps, inode: script.inode }],
    };
  }
  return undefined;
}

/** What the kernel makes of the command line: interpreter, its argument, the script, the rest. */
function argvOfScripts(programs: Opened[], path: ByteString, argv: readonly ByteString[]): ByteString[] {
  let line = [...argv];
  programs.forEach((opened, i) => {
    const next = programs[i + 1];
    if (!next) return;
    const script = i === 0 ? path : opened.path;
    line = [next.path, ...(opened.argument === undefined ? [] : [opened.argument]), script, ...line.slice(1)];
  });
  return line;
}
