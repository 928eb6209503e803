import { shellWords } from '../config/shell-words.ts';
import { type ByteString, toBytes, toText } from './bytes.ts';
import { unreadable, whatever } from './open-file.ts';
import { checkPython } from './python.ts';
import type { Obstacle, Process, Started } from './start.ts';

/** What a program that was started does next, as far as its command line says. */
export interface Next {
  obstacle?: Obstacle;
  /** It executes this. */
  argv?: ByteString[];
  env?: Record<string, string>;
  /** Only the program itself knows what it executes. */
  unknown?: string;
  /** It works or does not, depending on what is no part of the image. */
  risk?: string;
}

type Look = (process: Process, started: Started) => Next;

const WRAPPERS: Record<string, Look> = {
  env: lookAtEnv,
  tini: (_, { argv }) => ({ argv: afterOptions(argv, /^-[epc]$/) }),
  'dumb-init': (_, { argv }) => ({ argv: afterOptions(argv, /^(-r|--rewrite)$/) }),
  catatonit: (_, { argv }) => ({ argv: afterOptions(argv, /^$/) }),
  gosu: (process, started) => changesUser(process, started, 'failed switching to'),
  'su-exec': (process, started) => changesUser(process, started, 'setgroups'),
  sudo: (process, started) => changesUser(process, started, 'sudo: the "no new privileges" flag is set'),
  su: (process, started) => changesUser(process, started, 'su: cannot set groups'),
  uvx: packageRunner('UV_CACHE_DIR'),
  npx: packageRunner('NPM_CONFIG_CACHE'),
  bunx: packageRunner('BUN_INSTALL_CACHE_DIR'),
  uv: (process, started) =>
    started.argv[1] === 'run'
      ? {
          risk: '`uv run` compares the environment with its project at each start, and writes a lock and a cache (UV_CACHE_DIR); `uv run --no-sync`, or the script in .venv/bin, does not',
        }
      : packageRunner('UV_CACHE_DIR')(process, started),
  node: lookAtNode,
  java: (process, { argv }) => reads(process, argv[argv.indexOf('-jar') + 1], argv.includes('-jar')),
  ruby: (process, { argv }) => readsFirst(process, argv),
  perl: (process, { argv }) => readsFirst(process, argv),
  deno: (process, { argv }) => readsFirst(process, argv.slice(1)),
  bun: (process, { argv }) => readsFirst(process, argv[1] === 'run' ? argv.slice(1) : argv),
};
for (const shell of ['sh', 'dash', 'bash', 'ash', 'zsh', 'ksh']) WRAPPERS[shell] = lookAtShell;

/** What comes after the start of a program that is known; nothing where it is not. */
export function nextOf(process: Process, started: Started): Next {
  // npx is a script of node's: its own name says more than its interpreter's.
  const names = [started.argv[1], started.argv[0], started.program.path].map((path) => baseName(path ?? ''));
  const script = names[0] === 'npx-cli.js' ? 'npx' : (names[0] ?? '');
  if (isScript(started) && ['npx', 'uvx', 'bunx'].includes(script)) return WRAPPERS[script]?.(process, started) ?? {};
  const name = names[2] === 'busybox' ? (names[1] ?? '') : (names[2] ?? '');
  if (/^python\d*(\.\d+)?$/.test(name)) return onlyObstacle(checkPython(process, started));
  const plain = name.replace(/-(static|amd64|arm64)$/, '');
  const look = Object.hasOwn(WRAPPERS, plain) ? WRAPPERS[plain] : undefined;
  return look?.(process, started) ?? {};
}

function isScript({ opened }: Started): boolean {
  return opened[0]?.inode?.program?.kind === 'script';
}

function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1);
}

function onlyObstacle(obstacle: Obstacle | undefined): Next {
  return obstacle ? { obstacle } : {};
}

/** The command behind a wrapper's options. @param takesValue options whose next word belongs to them */
function afterOptions(argv: readonly ByteString[], takesValue: RegExp): ByteString[] {
  let i = 1;
  while (i < argv.length) {
    const word = argv[i] ?? '';
    if (word === '--') return argv.slice(i + 1);
    if (!word.startsWith('-')) break;
    i += takesValue.test(word) ? 2 : 1;
  }
  return argv.slice(i);
}

function lookAtEnv(process: Process, { argv }: Started): Next {
  const env = { ...process.env };
  const words = argv.slice(1);
  for (let word = words[0]; word !== undefined; word = words[0]) {
    if (word === '-S' || word === '--split-string' || word.startsWith('-S')) {
      words.shift();
      const line = word.length > 2 && !word.startsWith('--') ? word.slice(2) : (words.shift() ?? '');
      words.unshift(...(shellWords(toText(line)) ?? []).map(toBytes));
    } else if (word === '-u' || word === '--unset' || word === '-C' || word === '--chdir') {
      delete env[words[1] ?? ''];
      words.splice(0, 2);
    } else if (word.startsWith('-')) {
      words.shift();
    } else if (/^[A-Za-z_][A-Za-z0-9_]*=/.test(word)) {
      env[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
      words.shift();
    } else break;
  }
  return words.length > 0 ? { argv: words, env } : {};
}

/** Needs capabilities that a container without root does not have. */
function changesUser({ identity }: Process, { path, argv, opened }: Started, said: string): Next {
  if (identity.capabilities.includes('SETGID') && identity.capabilities.includes('SETUID') && identity.uid === 0)
    return { argv: argv.slice(2) };
  return {
    obstacle: {
      stage: 'start',
      errno: 'EPERM',
      subject: path,
      reason: 'it changes the user, which needs the capabilities SETUID and SETGID',
      message: `${said}: operation not permitted`,
      chain: opened,
    },
  };
}

function packageRunner(cache: string): Look {
  return (_, { path }) => ({
    risk: `${baseName(path)} fetches a package at each start: it needs the network, and a writable cache (${cache})`,
  });
}

function reads(process: Process, path: ByteString | undefined, named = true): Next {
  if (!named || path === undefined) return {};
  return onlyObstacle(unreadable(process, path, `${toText(path)}: Permission denied`));
}

function readsFirst(process: Process, argv: readonly ByteString[]): Next {
  return reads(
    process,
    argv.slice(1).find((word) => !word.startsWith('-')),
  );
}

/** Node.js resolves links before it opens its program, and needs to enter each folder on the way. */
function lookAtNode(process: Process, { argv }: Started): Next {
  const file = argv
    .slice(1)
    .find((word, i, words) => !word.startsWith('-') && !/^(-r|--require|--import|-C)$/.test(words[i - 1] ?? ''));
  if (file === undefined || argv.some((word) => /^(-e|--eval|-p|--print)$/.test(word))) return {};
  const candidates = [file, `${file}.js`, `${file}/index.js`, `${file}/package.json`];
  const there = candidates.find((path) => whatever(process, path)?.type === 'file');
  if (there === undefined) return {};
  return onlyObstacle(unreadable(process, there, `Error: Cannot find module '${toText(file)}'`));
}

const PLAIN_WORDS = /^[\w@%+=:,./ \t'"-]*$/;
const BUILT_IN = /^(cd|export|set|if|for|while|case|\.|source|eval|trap|umask|unset|test|\[|true|echo|read|ulimit)$/;

function lookAtShell(process: Process, started: Started): Next {
  const { argv } = started;
  const inline = argv.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word));
  if (inline > 0) return lookAtCommandLine(argv[inline + 1] ?? '');
  const file = argv.slice(1).find((word) => !word.startsWith('-'));
  if (file === undefined) return {};
  const blocked = reads(process, file);
  if (blocked.obstacle) return blocked;
  const program = whatever(process, file)?.program;
  const after = argv.slice(argv.indexOf(file) + 1);
  return program?.kind === 'script' ? lookAtScript(program.text, file, after) : {};
}

function lookAtCommandLine(line: ByteString): Next {
  const words = PLAIN_WORDS.test(line) ? (shellWords(toText(line)) ?? []).map(toBytes) : [];
  const command = words[0] === 'exec' ? words.slice(1) : words;
  const [first] = command;
  if (first === undefined || first.includes('=') || BUILT_IN.test(first))
    return { unknown: `what the shell makes of ${JSON.stringify(toText(line).slice(0, 60))}` };
  return { argv: command };
}

/** One look at a script's text: what it ends in, and whether it wants to be root. Never what its lines come to. */
function lookAtScript(text: ByteString, file: ByteString, after: ByteString[]): Next {
  // What uv and pip write where the path of the interpreter is too long or has blanks.
  const trampoline = /^#!\/bin\/sh\n'''exec' "?(\/[^"\n]+?)"? "\$0" "\$@"/.exec(text);
  if (trampoline?.[1]) return { argv: [trampoline[1], file, ...after] };
  if (/s6-overlay|s6-svscan/.test(text))
    return { risk: `${toText(file)} starts s6-overlay, which expects /run to belong to the user` };
  const name = toText(file);
  if (/\b(gosu|su-exec|setpriv|runuser)\b/.test(text) && !/id -u/.test(text))
    return { risk: `${name} changes the user by itself, which needs root: call what it starts instead` };
  if (/^\s*exec "\$@"\s*$/m.test(text) && after.length > 0) return { argv: after };
  return { unknown: `what the script ${name} does` };
}
