import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../src/contract.ts';
import { catalogFromTemplates } from '../helpers/catalog.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';
import { expectGolden } from '../helpers/golden.ts';

const SEED = fileURLToPath(new URL('../fixtures/seed-like', import.meta.url));

/** A folder with these files. */
function folderWith(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function lintJson(args: string[], options: Parameters<typeof mcpk>[1] = {}) {
  const { code, stdout, stderr } = await mcpk(['lint', ...args, '--json'], options);
  expectContract('lint', stdout);
  const { ok, result, error } = JSON.parse(stdout) as {
    ok: boolean;
    result: LintResult;
    error?: { code: string; message: string };
  };
  expect(ok).toBe(code === 0);
  return { code, result, error, stderr };
}

const rulesOf = ({ findings }: Pick<LintResult, 'findings'>) => findings.map(({ rule }) => rule);

const SERVICE = `apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports:
  - port: 80
  selector:
    app: web
`;

describe('a config', () => {
  it('that is as it should be has no errors and no warnings, and its objects are counted', async () => {
    const cwd = folderWith({ 'mcpk.yaml': 'apiVersion: mcpk/v1\nname: demo\nservers:\n  memory: {}\n' });
    const { code, result } = await lintJson([], { cwd });
    expect(code).toBe(0);
    expect(result.summary).toMatchObject({ error: 0, warning: 0, unchecked: 0 });
    expect(result.objects).toBeGreaterThan(7);
  });

  it('that is invalid is exit 2, with the fault as a finding in every format', async () => {
    const cwd = folderWith({ 'mcpk.yaml': 'apiVersion: mcpk/v1\nname: demo\nserverz:\n  memory: {}\n' });
    const { code, result } = await lintJson([], { cwd });
    expect(code).toBe(2);
    expect(result.findings.find(({ pointer }) => pointer === '/serverz')).toMatchObject({
      rule: 'config.invalid',
      file: 'mcpk.yaml',
      line: 3,
      column: 1,
      remedy: 'did you mean "servers"?',
    });
    const text = await mcpk(['lint'], { cwd });
    expect(text.code).toBe(2);
    expect(text.stdout).toContain('> 3 | serverz:');
  });

  it('that is not there is exit 2', async () => {
    const { code, error } = await lintJson([], { cwd: temporaryFolder() });
    expect([code, error?.code]).toEqual([2, 'config.not-found']);
  });

  it('points at the line that caused what is wrong in an object', async () => {
    const config = [
      'apiVersion: mcpk/v1',
      'name: demo',
      'gateway:',
      '  engine: docker',
      '  image: docker/mcp-gateway:v0.42.0',
      'servers:',
      '  memory:',
      '    env:',
      '      API_KEY: sk-0123456789abcdefghijABCDEFGHIJ0123456789abcdefgh',
      '    resources: { limits: { memory: 1Mi } }',
      '',
    ].join('\n');
    const { code, result } = await lintJson([], { cwd: folderWith({ 'mcpk.yaml': config }) });
    expect(code).toBe(1);
    const at = Object.fromEntries(result.findings.map(({ rule, line, pointer }) => [rule, [line, pointer]]));
    expect(at['mcp.docker-gateway-version']).toEqual([5, '/gateway/image']);
    expect(at['workload.env-secret']).toEqual([8, '/servers/memory/env']);
    expect(at['reliability.limit-below-request']).toEqual([10, '/servers/memory/resources']);
  });

  it('is mended in place, and only there', async () => {
    const config = [
      '# mine',
      'apiVersion: mcpk/v1',
      'name: demo',
      'gateway: { engine: docker, image: docker/mcp-gateway:latest } # gate',
      'servers:',
      '  memory: { shared: true } # keeps a graph',
      '',
    ].join('\n');
    const cwd = folderWith({ 'mcpk.yaml': config });
    const { result } = await lintJson(['--fix'], { cwd });
    expect(result.fixes).toEqual([
      { file: 'mcpk.yaml', rules: ['config.shared-stateful', 'mcp.docker-gateway-version'], written: true },
    ]);
    const text = readFileSync(join(cwd, 'mcpk.yaml'), 'utf8');
    expect(text).toBe(
      config.replace('docker/mcp-gateway:latest', '"docker/mcp-gateway:v0.43.3"').replace('{ shared: true }', '{}'),
    );
  });
});

describe('the manifests of a proof of concept', () => {
  it('are told all their faults', async () => {
    const cwd = temporaryFolder();
    cpSync(SEED, join(cwd, 'k8s'), { recursive: true });
    const { code, stdout } = await mcpk(['lint', 'k8s'], { cwd });
    expect(code).toBe(1);
    expectGolden('lint/seed-like.txt', stdout);
  });

  it('are mended so that nothing mendable is left, comments and order stay, and twice is once', async () => {
    const cwd = temporaryFolder();
    cpSync(SEED, join(cwd, 'k8s'), { recursive: true });
    const before = readFileSync(join(cwd, 'k8s/deployments.yaml'), 'utf8');
    const { result } = await lintJson(['k8s', '--fix'], { cwd });
    expect(result.findings.filter(({ fixable }) => fixable)).toEqual([]);
    expect(result.findings.filter(({ rule }) => rule.startsWith('pod-security.'))).toEqual([]);
    const after = readFileSync(join(cwd, 'k8s/deployments.yaml'), 'utf8');
    expectGolden('lint/seed-like.fixed.yaml', after);
    const comments = (text: string) => text.match(/#.*$/gm);
    expect(comments(after)).toEqual(comments(before));
    const again = await lintJson(['k8s', '--fix'], { cwd });
    expect(again.result.fixes).toEqual([]);
    expect(readFileSync(join(cwd, 'k8s/deployments.yaml'), 'utf8')).toBe(after);
  });

  it('--diff shows the same change and writes nothing', async () => {
    const cwd = temporaryFolder();
    cpSync(SEED, join(cwd, 'k8s'), { recursive: true });
    const before = readFileSync(join(cwd, 'k8s/deployments.yaml'), 'utf8');
    const { code, result } = await lintJson(['k8s', '--diff', '--skip', 'mcp.token-literal'], { cwd });
    expect(code).toBe(1);
    expect(readFileSync(join(cwd, 'k8s/deployments.yaml'), 'utf8')).toBe(before);
    const [fix] = result.fixes ?? [];
    expect(fix?.written).toBe(false);
    expect(fix?.diff).toContain('+        runAsNonRoot: true');
  });

  it.each(['text', 'json', 'sarif', 'junit', 'tap', 'github'])('as %s show no secret', async (format) => {
    const { stdout, stderr } = await mcpk(['lint', SEED, '--format', format, '--diff']);
    expect(stdout.length).toBeGreaterThan(1000);
    expect(stdout + stderr).not.toContain('test-token-123');
  });

  it('show no secret either where its rule is not asked for, or ignored', async () => {
    const manifest = readFileSync(join(SEED, 'deployments.yaml'), 'utf8').replace(
      '              value: test-token-123',
      '              value: test-token-123 # mcpk-ignore mcp: known',
    );
    const cwd = folderWith({ 'a.yaml': manifest });
    for (const more of [['--only', 'mcp.no-long-lived', '--only', 'mcp.gateway-home'], []]) {
      const { stdout } = await mcpk(['lint', 'a.yaml', ...more, '--format', 'text', '--no-ignores'], { cwd });
      expect(stdout).not.toContain('test-token-123');
    }
  });
});

describe('any input', () => {
  it('files, folders, patterns, Lists, JSON and standard input', async () => {
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', lables: {} } }],
    });
    const cwd = folderWith({
      'k8s/a.yaml': SERVICE,
      'k8s/deep/list.json': list,
      'k8s/notes.txt': 'no',
      'x.yml': SERVICE,
    });
    const objects = async (...args: string[]) =>
      (await lintJson(args, { cwd, input: `---\n${SERVICE}---\n${SERVICE}` })).result;
    expect((await objects('k8s')).objects).toBe(2);
    expect((await objects('k8s/a.yaml', 'k8s')).files).toBe(2);
    expect((await objects('**/*.y*ml')).files).toBe(2);
    expect((await objects('-')).objects).toBe(2);
    const { findings } = await objects('k8s');
    expect(findings.find(({ rule }) => rule === 'schema.unknown-key')).toMatchObject({
      file: 'k8s/deep/list.json',
      pointer: '/items/0/metadata/lables',
      remedy: 'did you mean "labels"?',
      object: { kind: 'ConfigMap', name: 'a' },
    });
  });

  it('what mcpk itself renders, for every server of the catalog, has no errors and no warnings', async () => {
    for (const [name, { image }] of Object.entries(catalogFromTemplates())) {
      for (const engine of ['mcpk', 'docker']) {
        const server = image === null ? '{ image: registry.example.com/s:1 }' : '{}';
        const config = `apiVersion: mcpk/v1\nname: demo\ngateway: { engine: ${engine} }\nservers:\n  ${name}: ${server}\n`;
        const cwd = folderWith({ 'mcpk.yaml': config });
        const rendered = await mcpk(['render'], { cwd });
        const { code, result } = await lintJson(['-'], { cwd, input: rendered.stdout });
        const told = result.findings.map(({ rule, severity, message }) => `${severity} ${rule} ${message}`);
        // Digests are not pinned before there is a lock; nothing else is said.
        expect([name, engine, told.filter((line) => !/^info workload\.image-(digest|latest) /.test(line))]).toEqual([
          name,
          engine,
          [],
        ]);
        expect([code, result.unchecked, result.summary.suppressed]).toEqual([0, [], 0]);
      }
    }
  }, 120_000);

  it('nothing to look at is an error', async () => {
    const cwd = folderWith({ 'empty.yaml': '# nothing\n', 'k8s/readme.md': 'x' });
    expect(await lintJson(['empty.yaml'], { cwd })).toMatchObject({ code: 2, error: { code: 'lint.nothing' } });
    expect(await lintJson(['k8s'], { cwd })).toMatchObject({ code: 2, error: { code: 'lint.nothing' } });
    expect(await lintJson(['none.yaml'], { cwd })).toMatchObject({ code: 2, error: { code: 'lint.no-file' } });
    expect(await lintJson(['-'], { cwd, input: '' })).toMatchObject({ code: 2, error: { code: 'lint.nothing' } });
  });

  it('a broken document hides no other, and a template says that it is one', async () => {
    const cwd = folderWith({
      'a.yaml': `${SERVICE}---\nkind: [\n---\nname: {{ .Values.name }}\n---\nkind: Pod\n---\njust text\n`,
    });
    const { code, result } = await lintJson(['a.yaml', '--only', 'yaml', '--only', 'schema'], { cwd });
    expect(code).toBe(1);
    expect(result.objects).toBe(1);
    expect(result.findings.map(({ rule, line }) => [rule, line])).toEqual([
      ['yaml.syntax', 11],
      ['yaml.template', 13],
      ['schema.no-object', 15],
      ['schema.no-object', 17],
    ]);
  });

  it('duplicate keys, YAML 1.1 and broken text', async () => {
    const cwd = folderWith({
      'a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  a: x\n  a: z\n  b: on\n  c: "on"\n',
      'b.yaml': 'x',
    });
    writeFileSync(join(cwd, 'b.yaml'), Buffer.from([0x61, 0xff, 0xfe]));
    const { result } = await lintJson(['a.yaml', 'b.yaml', '--only', 'yaml', '--only', 'schema'], { cwd });
    expect(result.findings.map(({ rule, file, line }) => [rule, file, line])).toEqual([
      ['yaml.duplicate-key', 'a.yaml', 6],
      ['schema.wrong-type', 'a.yaml', 7],
      ['yaml.encoding', 'b.yaml', undefined],
    ]);
  });

  it('types that no rule could bear are told by the schema, and the rest is looked at all the same', async () => {
    const pod = (name: string, container: string) =>
      `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\nspec: { containers: ${container} }\n---\n`;
    const broken = ['no list', '[{ name: c, image: x, env: foo }]', '[{ name: c, image: x, volumeMounts: 1 }]', '[7]'];
    const cwd = folderWith({
      'a.yaml': broken.map((text, i) => pod(`p${i}`, text)).join('') + pod('ok', '[{ name: c, image: x }]'),
    });
    const { code, result } = await lintJson(['a.yaml'], { cwd });
    expect(code).toBe(1);
    const wrong = result.findings.filter(({ rule }) => rule === 'schema.wrong-type');
    expect(wrong.map(({ object }) => object?.name)).toEqual(['p0', 'p1', 'p2', 'p3']);
    expect(result.findings.find(({ rule }) => rule === 'workload.image-latest')?.object?.name).toBe('ok');
  });

  it('a kind that nobody here knows is never green', async () => {
    const cwd = folderWith({ 'a.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: a }\n' });
    const { code, result } = await lintJson(['a.yaml'], { cwd });
    expect(code).toBe(3);
    expect(result.unchecked).toEqual([
      {
        what: 'kind',
        name: 'example.com/v1 Widget',
        reason: 'no schema of this kind is known here',
        file: 'a.yaml',
        line: 2,
        column: 1,
      },
    ]);
    expect((await lintJson(['a.yaml', '--allow-unchecked'], { cwd })).code).toBe(0);
  });
});

describe('ignores', () => {
  const privileged = (comment: string) => `apiVersion: v1
kind: Pod
metadata: { name: a }
spec:
  containers:
  - name: c
    image: example.com/c:1
    securityContext:
      privileged: true ${comment}
`;
  const RULE = 'pod-security.privileged';
  const only = ['--only', RULE, '--only', 'lint'];

  it('in a comment, with a reason', async () => {
    const cwd = folderWith({ 'a.yaml': privileged(`# mcpk-ignore ${RULE}: it drives a device`) });
    const { code, result } = await lintJson(['a.yaml', ...only], { cwd });
    expect(code).toBe(0);
    expect(result.suppressed).toMatchObject([
      { rule: RULE, suppressed: { by: 'comment', reason: 'it drives a device' } },
    ]);
    expect(await lintJson(['a.yaml', ...only, '--no-ignores'], { cwd })).toMatchObject({
      code: 1,
      result: { suppressed: [] },
    });
  });

  it('above a key count for what is below it, above the first key for the document', async () => {
    for (const comment of [
      (text: string) =>
        text.replace('  containers:', `  # mcpk-ignore pod-security until 2999-01-01: old\n  containers:`),
      (text: string) => `# mcpk-ignore ${RULE}, workload: old\n${text}`,
    ]) {
      const cwd = folderWith({ 'a.yaml': `${comment(privileged(''))}---\n${privileged('')}` });
      const { result } = await lintJson(['a.yaml', '--only', RULE], { cwd });
      expect([result.suppressed.length, result.findings.map(({ line }) => line)]).toEqual([1, [20]]);
    }
  });

  it('without a reason, expired, unused or of no rule are findings', async () => {
    const at = (comment: string) => folderWith({ 'a.yaml': privileged(comment) });
    const told = async (comment: string) =>
      rulesOf((await lintJson(['a.yaml'], { cwd: at(comment) })).result)
        .filter((rule) => rule === RULE || rule.startsWith('lint.'))
        .sort();
    expect(await told(`# mcpk-ignore ${RULE}`)).toEqual(['lint.ignore-without-reason', RULE].sort());
    expect(await told(`# mcpk-ignore ${RULE} until 2020-01-31: x`)).toEqual(['lint.expired-ignore', RULE].sort());
    expect(await told('# mcpk-ignore mcp.sidecar: x')).toEqual(['lint.unused-ignore', RULE].sort());
    expect(await told('# mcpk-ignore pod-security.privilegedd: x')).toEqual(['lint.unknown-rule', RULE].sort());
  });

  it('in the config, by server and container', async () => {
    const config = (ignore: string) =>
      `apiVersion: mcpk/v1\nname: demo\nservers:\n  fetch: {}\n  time: {}\nlint: { ignore: [${ignore}] }\n`;
    const rule = 'config.image-cannot-run';
    const cwd = folderWith({ 'mcpk.yaml': config(`{ rule: ${rule}, server: fetch, reason: being mended }`) });
    const { result } = await lintJson(['--only', rule], { cwd });
    expect(result.findings.map(({ server }) => server)).toEqual(['time']);
    expect(result.suppressed.map(({ server }) => server)).toEqual(['fetch']);
    const bad = folderWith({ 'mcpk.yaml': config(`{ rule: ${rule} }`) });
    expect((await lintJson([], { cwd: bad })).result.findings[0]?.message).toContain('lacks the key "reason"');
  });

  it('what is said of ignores is in a baseline like anything else', async () => {
    const cwd = folderWith({ 'a.yaml': privileged('# mcpk-ignore mcp.sidecar: x') });
    await lintJson(['a.yaml', '--write-baseline', 'base.json'], { cwd });
    const { result } = await lintJson(['a.yaml', '--baseline', 'base.json'], { cwd });
    expect(result.findings).toEqual([]);
    expect(rulesOf({ findings: result.suppressed })).toContain('lint.unused-ignore');
  });

  it('a baseline hides what was there, tells what is new, and says what is mended', async () => {
    const cwd = folderWith({ 'a.yaml': privileged('') });
    const first = await lintJson(['a.yaml', '--write-baseline', 'base.json'], { cwd });
    expect([first.code, first.result.findings]).toEqual([0, []]);
    const again = await lintJson(['a.yaml', '--baseline', 'base.json'], { cwd });
    expect([again.result.findings, again.result.suppressed]).toEqual([[], first.result.suppressed]);
    // Lines move, and it is the same fault.
    writeFileSync(join(cwd, 'a.yaml'), `# moved\n\n${privileged('')}`);
    expect((await lintJson(['a.yaml', '--baseline', 'base.json'], { cwd })).result.findings).toEqual([]);
    writeFileSync(
      join(cwd, 'a.yaml'),
      privileged('').replace('privileged: true', 'privileged: false').replace('spec:', 'spec:\n  hostNetwork: true'),
    );
    const later = await lintJson(['a.yaml', '--baseline', 'base.json'], { cwd });
    expect(rulesOf(later.result)).toEqual(
      expect.arrayContaining(['pod-security.host-namespaces', 'lint.stale-baseline']),
    );
    expect(rulesOf(later.result)).not.toContain('pod-security.seccomp-profile-restricted');
    expect(await lintJson(['a.yaml', '--baseline', 'a.yaml'], { cwd })).toMatchObject({
      code: 2,
      error: { code: 'lint.baseline' },
    });
  });
});

describe('output', () => {
  it('several formats at once, each into its file', async () => {
    const cwd = folderWith({ 'a.yaml': SERVICE });
    const outputs = ['sarif=l.sarif', 'junit=l.xml', 'tap=l.tap', 'github=l.txt', 'json=l.json', 'text=deep/l.text'];
    const { code } = await mcpk(['lint', 'a.yaml', ...outputs.flatMap((output) => ['--output', output])], { cwd });
    expect(code).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual(['a.yaml', 'deep', 'l.json', 'l.sarif', 'l.tap', 'l.txt', 'l.xml']);
    expect(JSON.parse(readFileSync(join(cwd, 'l.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(JSON.parse(readFileSync(join(cwd, 'l.json'), 'utf8'))).toMatchObject({ command: 'lint' });
    expect(await mcpk(['lint', 'a.yaml', '--output', 'sarif'], { cwd })).toMatchObject({ code: 2 });
    expect(await mcpk(['lint', 'a.yaml', '--output', 'saref=x'], { cwd })).toMatchObject({ code: 2 });
  });

  it('--fail-on decides the exit code in every format, and nothing else', async () => {
    const cwd = folderWith({
      'mcpk.yaml': 'apiVersion: mcpk/v1\nname: demo\nnamespace: default\nservers:\n  memory: {}\n',
    });
    for (const format of ['text', 'json', 'sarif', 'junit', 'tap', 'github']) {
      const codes = [];
      for (const level of ['error', 'warning', 'info'])
        codes.push((await mcpk(['lint', '--format', format, '--fail-on', level], { cwd })).code);
      expect([format, ...codes]).toEqual([format, 0, 1, 1]);
    }
  }, 60_000);

  it('on GitHub Actions adds annotations and a summary', async () => {
    const cwd = folderWith({
      'mcpk.yaml': 'apiVersion: mcpk/v1\nname: demo\nnamespace: kube-system\nservers:\n  memory: {}\n',
    });
    const summary = join(cwd, 'summary.md');
    const env = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary };
    const { stdout } = await mcpk(['lint'], { cwd, env });
    expect(stdout).toMatch(/^::error file=mcpk\.yaml,line=3,col=1/m);
    expect(readFileSync(summary, 'utf8')).toContain('config.system-namespace');
  });

  it('a reader that stops early is no fault', () => {
    const run = spawnSync(
      'sh',
      [
        '-c',
        `"$0" "$1" lint "$2" | head -1`,
        process.execPath,
        fileURLToPath(new URL('../../bin/run.js', import.meta.url)),
        SEED,
      ],
      { encoding: 'utf8' },
    );
    expect([run.status, run.stderr]).toEqual([0, '']);
  });

  it('--only and --skip take rules and families, and refuse other words', async () => {
    const cwd = folderWith({ 'a.yaml': SERVICE });
    expect(await lintJson(['a.yaml', '--only', 'mcpp'], { cwd })).toMatchObject({
      code: 2,
      error: { code: 'lint.no-such-rule' },
    });
    const { result } = await lintJson([SEED, '--skip', 'pod-security', '--skip', 'mcp.tcp-probe'], { cwd });
    expect(rulesOf(result).filter((rule) => /^pod-security|^mcp\.tcp-probe/.test(rule))).toEqual([]);
    expect(rulesOf(result)).toContain('mcp.no-long-lived');
  });
});
