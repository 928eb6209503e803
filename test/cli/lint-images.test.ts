import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../src/contract.ts';
import { BROKEN_IMAGES } from '../helpers/broken-images.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { registryImage } from '../helpers/image-archive.ts';
import { registry } from '../helpers/registry.ts';

const broken = (pattern: string) =>
  BROKEN_IMAGES.find((one) => one.pattern === pattern) as (typeof BROKEN_IMAGES)[number];

/** A folder with a config of one server, and a registry that has its image. */
async function configOf({ layers, config }: (typeof BROKEN_IMAGES)[number], command: string) {
  const { host } = await registry(registryImage({ layers, config }), {});
  const cwd = temporaryFolder();
  const image = `${host}/mcp/server:1`;
  writeFileSync(
    join(cwd, 'mcpk.yaml'),
    `apiVersion: mcpk/v1\nname: demo\nservers:\n  notes:\n    image: ${image} # ours\n    command: [${command}]\n`,
  );
  const env = { HOME: cwd, MCPK_CACHE_DIR: join(cwd, 'cache'), MCPK_OFFLINE: '', MCPK_PLAIN_HTTP: host };
  const lint = async (...args: string[]) => {
    const { code, stdout } = await mcpk(['lint', '--only', 'image', ...args, '--json'], { cwd, env });
    return { code, result: (JSON.parse(stdout) as { result: LintResult }).result };
  };
  return { cwd, image, lint, env };
}

describe('lint looks into images', () => {
  it('only with --images asks a registry, and afterwards knows without it', async () => {
    const { lint } = await configOf(broken('interpreter below /root'), '/app/.venv/bin/mcp-server-fetch');
    expect(await lint()).toMatchObject({ code: 0, result: { findings: [], unchecked: [] } });
    // The bridge’s image is in no registry here: that is said, and a finding weighs more.
    const asked = await lint('--images');
    expect(asked.code).toBe(1);
    expect(asked.result.findings).toMatchObject([
      {
        rule: 'image.cannot-run',
        file: 'mcpk.yaml',
        line: 5,
        pointer: '/servers/notes/image',
        server: 'notes',
        message: expect.stringMatching(/uid 1000 may not enter \/root/),
      },
    ]);
    expect(asked.result.unchecked.every(({ what }) => what === 'image')).toBe(true);
    expect(asked.result.unchecked.length).toBeGreaterThan(0);
    const cached = await lint();
    expect([cached.code, cached.result.findings, cached.result.unchecked]).toEqual([1, asked.result.findings, []]);
  });

  it('of manifests of anybody, behind a bridge the program that it runs', async () => {
    const { lint, cwd, env } = await configOf(broken('interpreter below /root'), '/app/.venv/bin/mcp-server-fetch');
    const rendered = await mcpk(['render'], { cwd, env });
    writeFileSync(join(cwd, 'all.yaml'), rendered.stdout);
    const { code, result } = await lint('all.yaml', '--images');
    expect(code).toBe(1);
    expect(result.findings).toMatchObject([
      { rule: 'image.cannot-run', file: 'all.yaml', container: 'server', object: { name: 'mcp-server-notes' } },
    ]);
    const asRoot = rendered.stdout
      .replaceAll('runAsUser: 1000', 'runAsUser: 0')
      .replaceAll('runAsGroup: 1000', 'runAsGroup: 0');
    writeFileSync(join(cwd, 'root.yaml'), asRoot.replaceAll('runAsNonRoot: true', 'runAsNonRoot: false'));
    expect((await lint('root.yaml', '--images')).result.findings).toEqual([]);
  });

  it('and --fix takes the user that it works for, in the config', async () => {
    const home = broken('home of another user');
    const { lint, cwd } = await configOf(home, (home.config as { Entrypoint: string[] }).Entrypoint.join(', '));
    const { result } = await lint('--images', '--fix');
    expect(result.fixes).toEqual([{ file: 'mcpk.yaml', rules: ['image.cannot-run'], written: true }]);
    expect(readFileSync(join(cwd, 'mcpk.yaml'), 'utf8')).toMatch(
      / # ours\n.*\n {4}security:\n {6}runAsUser: 1001\n {6}runAsGroup: 1001\n/,
    );
    expect((await lint()).code).toBe(0);
  });

  it('reads no file of the machine because a manifest names it', async () => {
    const { cwd, env } = await configOf(broken('interpreter below /root'), 'x');
    writeFileSync(
      join(cwd, 'a.yaml'),
      `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c, image: "oci:${cwd}" }] }\n`,
    );
    const run = await mcpk(['lint', 'a.yaml', '--only', 'image', '--images', '--json'], { cwd, env });
    const { result } = JSON.parse(run.stdout) as { result: LintResult };
    expect([run.code, result.unchecked[0]?.reason]).toEqual([3, `oci:${cwd} is no image of a registry`]);
  });

  it('an unreachable registry is unchecked: exit 3', async () => {
    const cwd = temporaryFolder();
    const image = '127.0.0.1:1/mcp/server:1';
    writeFileSync(
      join(cwd, 'a.yaml'),
      `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: c, image: ${image} }] }\n`,
    );
    const env = { HOME: cwd, MCPK_CACHE_DIR: join(cwd, 'cache'), MCPK_OFFLINE: '', MCPK_PLAIN_HTTP: '127.0.0.1:1' };
    const run = await mcpk(['lint', 'a.yaml', '--only', 'image', '--images', '--json'], { cwd, env });
    const { result } = JSON.parse(run.stdout) as { result: LintResult };
    expect([run.code, result.unchecked]).toEqual([
      3,
      [{ what: 'image', name: image, reason: expect.any(String), file: 'a.yaml', line: 4, column: 33 }],
    ]);
  });
});
