import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs of others that judge ours. They are installed when a test first needs them, apart from the project's own. */
export const judgesDir = fileURLToPath(new URL('../judges/', import.meta.url));

function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mcpk-judges');
}

/** Runs an installation once for each content of its lock; one that was cut off is begun anew. */
function once(dir: string, lock: string, install: () => void): void {
  const marker = join(dir, '.installed');
  const wanted = createHash('sha256').update(lock).digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  rmSync(dir, { recursive: true, force: true });
  install();
  writeFileSync(marker, wanted);
}

/** The conformance tool, the official clients and servers in TypeScript, and the Node that the tool needs. */
export function installNodeJudges(): void {
  const dir = join(judgesDir, 'node_modules');
  once(dir, readFileSync(join(judgesDir, 'package-lock.json'), 'utf8'), () => {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: judgesDir, stdio: ['ignore', 'ignore', 'inherit'] });
  });
}

/** Why what is written in Python cannot run here; undefined when it can. */
export const whyNoPython = (() => {
  const { status, error } = spawnSync('python3', [
    '-c',
    'import venv, ensurepip, sys; assert sys.version_info >= (3, 10)',
  ]);
  return error === undefined && status === 0 ? undefined : 'there is no python3 of at least 3.10 with venv';
})();

/** The bin folder of an environment with the packages of `test/judges/python/<name>.txt`. */
export function installPython(name: 'client' | 'servers'): string {
  const requirements = join(judgesDir, 'python', `${name}.txt`);
  const dir = join(cacheDir(), name);
  once(dir, readFileSync(requirements, 'utf8'), () => {
    mkdirSync(cacheDir(), { recursive: true });
    execFileSync('python3', ['-m', 'venv', dir]);
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    execFileSync(join(dir, 'bin/python'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  });
  return join(dir, 'bin');
}

export interface Judgement {
  scenario: string;
  passed: number;
  failed: string[];
}

/** What the conformance tool says of a server, for every scenario of a revision. */
export function conformance(url: URL, revision: string): Judgement[] {
  const args = [join(judgesDir, 'report.mjs'), url.href, revision, '--json'];
  return JSON.parse(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout) as Judgement[];
}

/** Scenarios that a revision demands, from the tool's own list. */
export function demanded(revision: string): string[] {
  const file = join(judgesDir, `node_modules/@modelcontextprotocol/conformance/requirements/${revision}.yaml`);
  const [, server] = /^server:\n((?: {2}- .*\n)+)/m.exec(readFileSync(file, 'utf8')) as unknown as [string, string];
  return [...server.matchAll(/- (\S+)/g)].map(([, name]) => name as string);
}
