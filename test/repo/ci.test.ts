import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../helpers/cli.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const ACTION = '.github/actions/mcpk/action.yml';
const GITHUB = 'templates/ci/github-workflow.yaml';
const GITLAB = 'templates/ci/gitlab-ci.yaml';

interface Step {
  if?: string;
  uses?: string;
  run?: string;
  shell?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}

const text = (file: string) => readFileSync(root + file, 'utf8');
const action = parse(text(ACTION)) as {
  inputs: Record<string, { description: string; default: string }>;
  runs: { using: string; steps: Step[] };
};
const workflow = parse(text(GITHUB)) as { jobs: Record<string, { steps: Step[] }> };
const gitlab = parse(text(GITLAB)) as Record<string, { script?: string[]; before_script?: string[] }>;

/** Runs a script by bash as the runners do, and notes the arguments of every mcpk in it; the other programs do nothing. */
function commandLines(script: string, env: Record<string, string> = {}): string[][] {
  const folder = temporaryFolder();
  const record = join(folder, 'record');
  const stub = (name: string, body: string) => {
    writeFileSync(join(folder, name), `#!/bin/bash\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  stub('mcpk', `printf '%s\\0' "$@" >>'${record}'; printf '\\n' >>'${record}'`);
  for (const other of ['npm', 'apk', 'curl', 'sha256sum', 'install', 'kind']) stub(other, '');
  const run = spawnSync('/bin/bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-c', script], {
    cwd: folder,
    env: { PATH: `${folder}:/usr/bin:/bin`, CI_PROJECT_DIR: folder, ...env },
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([0, '']);
  if (!existsSync(record)) return [];
  return readFileSync(record, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\0').slice(0, -1));
}

interface Flag {
  type: 'boolean' | 'option';
  char?: string;
  options?: string[];
}

const manifest = JSON.parse(text('oclif.manifest.json')) as {
  commands: Record<string, { flags: Record<string, Flag>; args: object; strict: boolean }>;
};

/** What the command would refuse of its arguments, by the manifest. */
function refused([name = '', ...words]: string[]): string[] {
  const command = manifest.commands[name];
  if (!command) return [`no command ${name}`];
  // In CI nobody can be asked.
  const faults = 'yes' in command.flags && !words.includes('--yes') ? ['it would ask'] : [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-')) {
      if (command.strict && Object.keys(command.args).length === 0) faults.push(`unexpected ${word}`);
      continue;
    }
    const [flagName = '', inline] = word.replace(/^--?/, '').split(/=(.*)/s);
    const flag = word.startsWith('--')
      ? command.flags[flagName]
      : Object.values(command.flags).find(({ char }) => char === flagName);
    if (!flag) faults.push(`no flag ${word}`);
    else if (flag.type === 'option') {
      const value = inline ?? words[++i];
      if (value === undefined || value === '') faults.push(`${word} has no value`);
      else if (flag.options && !flag.options.includes(value)) faults.push(`${word} may not be ${value}`);
    }
  }
  return faults;
}

it('a wrong command line would be found', () => {
  for (const words of [['verfy'], ['verify', '--reports'], ['verify', '--fail-on', 'info'], ['verify', 'x']])
    expect(refused(words)).toHaveLength(1);
  expect(refused(['verify', '--wait', ''])).toEqual(['--wait has no value']);
  expect(refused(['delete'])).toEqual(['it would ask']);
  expect(refused(['delete', '--yes'])).toEqual([]);
});

/** What `${{ inputs.x }}` in the environment of a step becomes. */
function environment(step: Step, inputs: Record<string, string>): Record<string, string> {
  const value = (expression: string) =>
    expression.replaceAll(/\$\{\{ inputs\.([a-z-]+) \}\}/g, (_, name: string) => inputs[name] ?? '?');
  return Object.fromEntries(Object.entries(step.env ?? {}).map(([key, expression]) => [key, value(expression)]));
}

describe('the action', () => {
  const defaults = Object.fromEntries(Object.entries(action.inputs).map(([name, input]) => [name, input.default]));
  const lines = (inputs: Record<string, string>) =>
    action.runs.steps.flatMap((step) => (step.run ? commandLines(step.run, environment(step, inputs)) : []));

  it('runs lint, deploy and verify, with command lines that mcpk takes', () => {
    const list = lines(defaults);
    expect(list.map(([command]) => command)).toEqual(['lint', 'deploy', 'verify']);
    expect(list.flatMap(refused)).toEqual([]);
    expect(list[2]).not.toContain('--baseline');
  });

  it('takes file names with anything in them', () => {
    const list = lines({ ...defaults, baseline: 'a b/$(touch x).json', reports: "it's; reports" });
    expect(list.flatMap(refused)).toEqual([]);
    expect(list[2]).toContain('a b/$(touch x).json');
    expect(list[0]).toContain("sarif=it's; reports/lint.sarif");
  });

  it('puts no input into a script: its text would run', () => {
    for (const { run, shell } of action.runs.steps.filter((step) => step.run)) {
      expect(run).not.toContain('${{');
      expect(shell).toBe('bash');
    }
  });

  it('uses every input that it declares, and no other', () => {
    const steps = JSON.stringify(action.runs.steps);
    const used = new Set([...steps.matchAll(/inputs\.([a-z-]+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual(Object.keys(action.inputs).sort());
    for (const { default: value, description } of Object.values(action.inputs))
      expect([typeof value, description.length > 10]).toEqual(['string', true]);
  });

  it('verifies and publishes what a deployment that failed has left', () => {
    const [verify] = action.runs.steps.filter(({ run }) => run?.startsWith('mcpk verify'));
    const upload = action.runs.steps.at(-1);
    expect(verify?.if).toContain("steps.deploy.outcome == 'failure'");
    expect(upload?.if).toContain('!cancelled()');
    expect(upload?.uses).toContain('actions/upload-artifact@');
  });
});

describe('the templates', () => {
  it('for GitHub: command lines that mcpk takes', () => {
    const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
    const list = steps.flatMap(({ run }) => (run ? commandLines(run) : []));
    expect(list.map(([command]) => command)).toEqual(['lint', 'deploy', 'verify']);
    expect(list.flatMap(refused)).toEqual([]);
    for (const { run } of steps) expect(run ?? '').not.toContain('${{');
  });

  it('for GitLab: command lines that mcpk takes', () => {
    const jobs = Object.values(gitlab).filter(({ script }) => script);
    const list = jobs.flatMap(({ script = [] }) => commandLines(script.join('\n')));
    expect(list.map(([command]) => command)).toEqual(['lint', 'deploy', 'verify']);
    expect(list.flatMap(refused)).toEqual([]);
  });

  it('for GitLab: a cluster whose certificate has the name that is used', () => {
    const script = gitlab['mcp verify']?.before_script?.find((line) => line.includes('kind.yaml')) ?? '';
    const [, config = ''] = /<<'KIND'\n(.*)\nKIND$/s.exec(script.trimEnd()) ?? [];
    const cluster = parse(config) as {
      networking: { apiServerAddress: string };
      nodes: { kubeadmConfigPatches: string[] }[];
    };
    expect(cluster.networking.apiServerAddress).toBe('0.0.0.0');
    const patch = parse(cluster.nodes[0]?.kubeadmConfigPatches[0] ?? '');
    expect(patch).toMatchObject({
      kind: 'ClusterConfiguration',
      apiServer: { certSANs: ['docker', 'localhost', '127.0.0.1'] },
    });
  });

  it('for GitLab: a deployment that failed is verified, and stays failed', () => {
    const script = (gitlab['mcp verify']?.script ?? []).join('\n');
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mcpk'), '#!/bin/sh\necho "$1"\n[ "$1" != deploy ] || exit 4\n');
    chmodSync(join(folder, 'mcpk'), 0o755);
    const run = spawnSync('/bin/bash', ['-euo', 'pipefail', '-c', script], {
      env: { PATH: `${folder}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect([run.status, run.stdout]).toEqual([4, 'deploy\nverify\n']);
  });
});

it.each([ACTION, GITHUB])('%s names the actions that it runs by commit', (file) => {
  const uses = [...text(file).matchAll(/uses: (.*)/g)].map(([, name]) => name);
  expect(uses.length).toBeGreaterThan(2);
  for (const name of uses) expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});
