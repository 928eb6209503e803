// The programs of others, installed when they are first needed, apart from the project's own packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../test/bench/', import.meta.url));

/** Does it again where what is wanted has changed, or where it was cut off. */
function once(target, wanted, install) {
  const marker = join(target, '.installed');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return;
  rmSync(target, { recursive: true, force: true });
  install();
  writeFileSync(marker, wanted);
}

/** The program of a package of test/bench. */
export function npmProgram(name) {
  const modules = join(folder, 'node_modules');
  once(modules, readFileSync(join(folder, 'package-lock.json'), 'utf8'), () => {
    const args = ['ci', '--no-audit', '--no-fund', '--ignore-scripts'];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  });
  return join(modules, '.bin', name);
}

/** PyPI's mcp-proxy; undefined where there is no Python for it. */
export function pythonProxy() {
  const python = spawnSync('python3', ['-c', 'import venv, ensurepip, sys; assert sys.version_info >= (3, 10)']);
  if (python.status !== 0) return undefined;
  const requirements = join(folder, 'python.txt');
  const target = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpk-bench');
  once(target, readFileSync(requirements, 'utf8'), () => {
    execFileSync('python3', ['-m', 'venv', target]);
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    execFileSync(join(target, 'bin/python'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  });
  return join(target, 'bin/mcp-proxy');
}
