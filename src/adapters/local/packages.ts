import { execFile } from 'node:child_process';
import { mkdtemp, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Package } from '../../core/app/app.ts';
import { makePrivateFolder } from '../files.ts';
import { home } from './state.ts';

const MAX_OUTPUT = 16 * 1024 * 1024;
/** npm and pip would try for a quarter of an hour to reach a registry that does not answer. */
const FETCH_MS = 5 * 60_000;

export interface InstallOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Called when it has to be fetched first. */
  onFetch: () => void;
}

/** The package could not be had, or has no such program. The message is for people. */
export class PackageError extends Error {
  readonly remedies: string[];

  constructor(message: string, remedies: string[]) {
    super(message);
    this.remedies = remedies;
  }
}

/**
 * Makes sure that a package is on this machine and tells how its program is started: fetched once into the user's
 * cache, then found there without a network.
 * @param argv its first word is a program of the package
 * @returns the command line with the program's path @throws PackageError
 */
export async function installed(wanted: Package, argv: string[], options: InstallOptions): Promise<string[]> {
  const folder = await fetched(wanted, options);
  const [program = '', ...rest] = argv;
  if (wanted.registry === 'npm') return [process.execPath, await npmProgram(folder, wanted, program), ...rest];
  const file = join(folder, 'bin', program);
  if (await exists(file)) return [file, ...rest];
  throw new PackageError(`${wanted.name} ${wanted.version} has no program ${program}`, []);
}

/** The folder with the package: complete, or not there. */
async function fetched(wanted: Package, options: InstallOptions): Promise<string> {
  const cache = options.env['XDG_CACHE_HOME'] || join(home(options.env), '.cache');
  const link = join(cache, 'mcpk', wanted.registry, `${wanted.name}@${wanted.version}`);
  const there = await realpath(link).catch(() => undefined);
  if (there) return there;
  options.onFetch();
  await makePrivateFolder(dirname(link));
  const folder = await mkdtemp(`${link}-`);
  try {
    await (wanted.registry === 'npm' ? fetchNpm : fetchPypi)(wanted, folder, options);
    await pointTo(link, folder);
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** In one step, so that a folder that was left half-way is never used. Python's environments cannot be moved. */
async function pointTo(link: string, folder: string): Promise<void> {
  const fresh = `${folder}.link`;
  await symlink(basename(folder), fresh);
  await rename(fresh, link);
}

/** Without the packages' own scripts: nothing runs at install time. */
async function fetchNpm({ name, version }: Package, folder: string, options: InstallOptions): Promise<void> {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--no-package-lock'];
  const path = `${dirname(process.execPath)}:${options.env['PATH'] ?? ''}`;
  const env = { ...options.env, PATH: path };
  await run('npm', ['install', '--prefix', folder, ...flags, `${name}@${version}`], { ...options, env });
}

async function fetchPypi({ name, version }: Package, folder: string, options: InstallOptions): Promise<void> {
  const wanted = `${name}==${version}`;
  const python = join(folder, 'bin/python');
  if (await isThere('uv', options)) {
    await run('uv', ['venv', '--quiet', '--allow-existing', folder], options);
    return run('uv', ['pip', 'install', '--quiet', '--python', python, wanted], options);
  }
  if (!(await isThere('python3', options))) {
    throw new PackageError(`${wanted} needs Python, and neither uv nor python3 is on the PATH`, [
      'install uv (https://docs.astral.sh/uv) or Python 3.10 or newer',
    ]);
  }
  await run('python3', ['-m', 'venv', folder], options);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', wanted], options);
}

async function isThere(program: string, { env, signal }: InstallOptions): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, ['--version'], { env, signal }, (error) => resolve(error === null));
  });
}

function run(program: string, args: string[], { env, signal }: InstallOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, signal, maxBuffer: MAX_OUTPUT, timeout: FETCH_MS }, (error, stdout, stderr) => {
      if (!error) return resolve();
      if (signal.aborted) return reject(signal.reason);
      if (error.code === 'ENOENT')
        return reject(
          new PackageError(`${program} is not on the PATH`, [`install ${program}, which comes with Node.js`]),
        );
      const words = error.killed ? `no answer in ${FETCH_MS / 60_000} minutes` : lastWords(stderr || stdout);
      reject(new PackageError(`${program} failed: ${words}`, [`${program} ${args.join(' ')}`]));
    });
  });
}

/** The line that tells most: npm says it first, pip last. */
function lastWords(output: string): string {
  const lines = output.split('\n').flatMap((line) => line.replace(/^npm (error|ERR!)( code)? ?/, '').trim() || []);
  const telling = lines.find((line) =>
    /^(4\d\d |ERROR:|error:|getaddrinfo|request to)|E[A-Z]{5,}|No solution/.test(line),
  );
  return (telling ?? lines.at(-1) ?? 'it says nothing').slice(0, 300);
}

interface Manifest {
  bin?: string | Record<string, string>;
}

/** Run by this Node.js: what links and shebang lines would lead to does not matter. */
async function npmProgram(folder: string, { name, version }: Package, program: string): Promise<string> {
  const root = join(folder, 'node_modules', name);
  const { bin = {} } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
  const programs = typeof bin === 'string' ? { [basename(name)]: bin } : bin;
  const file = programs[program];
  if (file !== undefined) return join(root, file);
  const known = Object.keys(programs).join(', ') || 'none';
  throw new PackageError(`${name} ${version} has no program ${program} (it has ${known})`, []);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
