import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Rules that the linter breaks for source text, as if it stood in that file: in a folder of its own with our settings. */
function brokenRules(file: string, text: string): string[] {
  const folder = temporaryFolder();
  mkdirSync(join(folder, dirname(file)), { recursive: true });
  writeFileSync(join(folder, file), text);
  const settings = JSON.parse(readFileSync(`${root}biome.json`, 'utf8'));
  writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: { enabled: false } }));
  const run = spawnSync(`${root}node_modules/.bin/biome`, ['lint', '--colors=off', file], {
    cwd: folder,
    encoding: 'utf8',
  });
  const output = run.stdout + run.stderr;
  expect(output).toContain('Checked 1 file');
  return [...new Set([...output.matchAll(/lint\/\w+\/(\w+)/g)].map((match) => match[1] ?? ''))];
}

describe('the arrows of the design are enforced', () => {
  it.each([
    ['src/core/x.ts', "import { readFile } from 'node:fs/promises';\nexport const x = readFile;\n"],
    ['src/core/x.ts', "import { list } from '../actions/list.ts';\nexport const x = list;\n"],
    ['src/core/x.ts', "import { KubeConfig } from '@kubernetes/client-node';\nexport const x = KubeConfig;\n"],
    ['src/actions/x.ts', "import chalk from 'chalk';\nexport const x = chalk;\n"],
    ['src/actions/x.ts', "import { listText } from '../output/config.ts';\nexport const x = listText;\n"],
    ['src/commands/x.ts', "import { loadCatalog } from '../adapters/catalog.ts';\nexport const x = loadCatalog;\n"],
    ['src/adapters/x.ts', "import { list } from '../actions/list.ts';\nexport const x = list;\n"],
    ['src/output/x.ts', "import { loadCatalog } from '../adapters/catalog.ts';\nexport const x = loadCatalog;\n"],
    ['src/cli.ts', "import { main } from '../runtime/gateway/src/main.ts';\nexport const x = main;\n"],
    ['runtime/gateway/src/x.ts', "import chalk from 'chalk';\nexport const x = chalk;\n"],
  ])('%s: %s', (file, text) => {
    expect(brokenRules(file, text)).toContain('noRestrictedImports');
  });

  it.each([
    ['src/core/x.ts', 'export const now = () => Date.now();\n'],
    ['src/core/x.ts', 'export const home = () => process.cwd();\n'],
    ['src/actions/x.ts', 'export const home = () => process.cwd();\n'],
  ])('%s: %s', (file, text) => {
    expect(brokenRules(file, text)).toContain('noRestrictedGlobals');
  });

  it('what is allowed stays allowed', () => {
    expect(
      brokenRules(
        'src/core/x.ts',
        "import type { V1Pod } from '@kubernetes/client-node';\nimport { createHash } from 'node:crypto';\nexport const x = (pod: V1Pod) => createHash(pod.kind ?? '');\n",
      ),
    ).toEqual([]);
  });
});

it('workflows name the actions that they run by commit', () => {
  const folder = `${root}.github/workflows/`;
  const uses = readdirSync(folder).flatMap((file) =>
    [...readFileSync(folder + file, 'utf8').matchAll(/uses: (.*)/g)].map((match) => match[1] ?? ''),
  );
  expect(uses.length).toBeGreaterThan(5);
  for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

describe('the lockfile', () => {
  const text = readFileSync(`${root}package-lock.json`, 'utf8');
  const { packages } = JSON.parse(text) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };

  it('records no place of download', () => {
    expect(text).not.toContain('"resolved"');
  });

  it('has the packages of every platform: npm ci refuses it otherwise, on all of them', () => {
    const wanted = new Set(Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {})));
    const there = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
    expect([...wanted].filter((name) => !there.has(name))).toEqual([]);
  });
});
