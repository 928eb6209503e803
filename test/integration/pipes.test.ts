import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goProgram, HELM, KUSTOMIZE } from '../../scripts/bench/linters.mjs';
import { BIN } from '../helpers/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'mcpk-it-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DEPLOYMENT = (labels: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicsa: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: ${labels} } }
    spec:
      containers:
        - { name: web, image: example.com/web:1 }
`;

const FILES = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
  'chart/values.yaml': 'app: web\n',
  'chart/templates/web.yaml': DEPLOYMENT('"{{ .Values.app }}"'),
  'broken/Chart.yaml': 'apiVersion: v2\nname: broken\nversion: 1.0.0\n',
  'broken/templates/web.yaml': '{{ required "a value is missing" .Values.missing }}\n',
  'base/kustomization.yaml': 'resources: [web.yaml]\nbuildMetadata: [originAnnotations]\nnamePrefix: new-\n',
  'base/web.yaml': DEPLOYMENT('web'),
};

/** Both sides of a pipe, as `set -o pipefail` sees them. */
function piped(command: string, ...flags: string[]) {
  const script = `set -o pipefail; ${command} | "${process.execPath}" "${BIN}" lint - ${flags.join(' ')}`;
  const env = { PATH: process.env['PATH'], HOME: folder, MCPK_OFFLINE: '1' };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

function findingsOf(stdout: string): { rule: string; file: string; line: number; template?: string }[] {
  return JSON.parse(stdout).result.findings;
}

describe('what other tools render is linted from a pipe', () => {
  let helm = '';
  let kustomize = '';
  beforeAll(() => {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    [helm, kustomize] = [HELM, KUSTOMIZE].map((module) => {
      const built = goProgram(module);
      if ('missing' in built) throw new Error(built.missing);
      return built.path;
    }) as [string, string];
  }, 900_000);

  it('helm template: the finding names the template', () => {
    const { status, stdout } = piped(`"${helm}" template chart`, '--json');
    expect(status).toBe(1);
    expect(findingsOf(stdout)).toContainEqual(
      expect.objectContaining({ rule: 'schema.unknown-key', file: '-', line: 8, template: 'web/templates/web.yaml' }),
    );
    expect(piped(`"${helm}" template chart`).stdout).toContain('web/templates/web.yaml (standard input)');
  });

  it('kustomize build: the finding names the resource', () => {
    const { status, stdout } = piped(`"${kustomize}" build base`, '--json');
    expect(status).toBe(1);
    expect(findingsOf(stdout)).toContainEqual(
      expect.objectContaining({ rule: 'schema.unknown-key', template: 'web.yaml' }),
    );
  });

  it('a chart that does not render is never green', () => {
    const { status, stderr } = piped(`"${helm}" template broken`);
    expect(status).toBe(2);
    expect(stderr).toContain('a value is missing');
    expect(stderr).toContain('no Kubernetes object is in -');
  });

  it('nothing is an error, whoever says it', () => {
    expect(piped('true').status).toBe(2);
  });
});
