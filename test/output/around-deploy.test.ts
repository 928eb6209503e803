import { Chalk } from 'chalk';
import { expect, it } from 'vitest';
import type { DiagnoseResult, DiffResult, HistoryResult, RollbackResult, StatusResult } from '../../src/contract.ts';
import { diagnoseText } from '../../src/output/diagnose.ts';
import { diffText } from '../../src/output/diff.ts';
import { historyText, rollbackText } from '../../src/output/history.ts';
import { logLines, silentText } from '../../src/output/logs.ts';
import { statusText, statusWatch } from '../../src/output/status.ts';
import { expectGolden } from '../helpers/golden.ts';

const plain = new Chalk({ level: 0 });
const WHERE = { app: 'demo', namespace: 'mcp', context: 'kind-dev' };
const ESCAPE = '\u001b[2Jgone';

const status: StatusResult = {
  ...WHERE,
  workloads: [
    {
      name: 'fetch',
      component: 'server',
      state: 'ready',
      message: '1/1 ready',
      image: 'mcp/fetch:1',
      restarts: 0,
      ageSeconds: 300,
    },
    {
      name: 'github',
      component: 'server',
      state: 'failed',
      message: 'server crashes again and again',
      image: 'mcp/github:1',
      restarts: 4,
      ageSeconds: 90,
      code: 'server.exits',
      cause: `the server exited with code 3 ${ESCAPE}`,
      remedies: ['read its own words below'],
      evidence: ['log github/server: no luck'],
    },
    {
      name: 'notes',
      component: 'server',
      state: 'progressing',
      message: 'pulling',
      image: 'notes:1',
      restarts: 1,
      ageSeconds: 2,
      cause: 'nothing says why',
    },
    { name: 'mcp-gateway', component: 'gateway', state: 'missing', message: 'not deployed', image: null, restarts: 0 },
  ],
};

const diff: DiffResult = {
  ...WHERE,
  summary: { create: 2, change: 1, prune: 1, same: 3 },
  objects: [
    { kind: 'Service', name: 'mcp-fetch', action: 'same', dryRun: true },
    { kind: 'ConfigMap', name: 'mcp-gateway', action: 'create', dryRun: false },
    {
      kind: 'Deployment',
      name: 'mcp-server-fetch',
      action: 'change',
      dryRun: true,
      diff: `--- a/Deployment/mcp-server-fetch\n+++ b/Deployment/mcp-server-fetch\n@@ -1,2 +1,2 @@\n a: 1\n-b: 1\n+b: ${ESCAPE}\n`,
      conflicts: [{ field: '.spec.replicas', manager: 'kubectl' }],
    },
    { kind: 'Secret', name: 'mcp-gateway-token', action: 'create', dryRun: false },
    { kind: 'Service', name: 'mcp-old', action: 'prune', dryRun: true },
  ],
  obstacles: [
    {
      code: 'deploy.conflict',
      message: 'others have set fields:\n  x is set by kubectl',
      suggestions: ['--force-conflicts'],
    },
  ],
};

const diagnosis: DiagnoseResult = {
  ...WHERE,
  workloads: [
    {
      ...(status.workloads[1] as StatusResult['workloads'][number]),
      conditions: [
        { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' },
        { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated' },
      ],
      pods: [
        {
          name: 'mcp-server-github-1',
          phase: 'Running',
          node: 'n1',
          ageSeconds: 90,
          conditions: [{ type: 'Ready', status: 'False', message: 'not ready' }],
          containers: [
            {
              name: 'install-bridge',
              init: true,
              image: 'b',
              state: 'ended',
              ready: true,
              restarts: 0,
              reason: 'Completed',
              exitCode: 0,
            },
            {
              name: 'server',
              init: false,
              image: 'i',
              state: 'waiting',
              ready: false,
              restarts: 4,
              reason: 'CrashLoopBackOff',
              message: 'back-off',
              lastEnd: 'Error, exit code 3',
            },
          ],
        },
      ],
      events: [
        { type: 'Warning', reason: 'BackOff', object: 'Pod x', message: `Back-off ${ESCAPE}`, count: 3, ageSeconds: 5 },
      ],
      logs: [
        { pod: 'mcp-server-github-1', container: 'server', previous: true, lines: ['no luck'] },
        { pod: 'mcp-server-github-1', container: 'server', previous: false, lines: ['starting'] },
      ],
    },
    { ...(status.workloads[3] as StatusResult['workloads'][number]), conditions: [], pods: [], events: [], logs: [] },
  ],
  bundle: { folder: '/x/out', files: ['a', 'b'] },
};

const history: HistoryResult = {
  ...WHERE,
  revisions: [
    {
      revision: 12,
      created: '2026-01-02T03:04:05Z',
      outcome: 'failed',
      note: 'rollback to 9',
      changes: ['fetch: image a → b', 'time removed'],
    },
    { revision: 9, created: '2026-01-01T03:04:05Z', outcome: 'ready', changes: [] },
  ],
};

const rollback: RollbackResult = {
  ...WHERE,
  to: 9,
  revision: 13,
  applied: [{ kind: 'Service', name: 'mcp-fetch', action: 'changed' }],
  pruned: [],
  workloads: [{ name: 'fetch', component: 'server', state: 'ready', durationMs: 1200 }],
  notRestored: ['values of Secrets'],
  durationMs: 1300,
};

it.each([
  ['status', statusText(status, plain)],
  ['diff', diffText(diff, plain)],
  ['diagnose', diagnoseText(diagnosis, plain)],
  ['history', historyText(history, plain)],
  ['rollback', rollbackText(rollback, plain)],
])('%s reads well, and no text of a cluster reaches the terminal as it is', (name, text) => {
  expect(text).not.toContain('\u001b');
  expectGolden(`around-deploy/${name}.txt`, text);
});

it('says that there is nothing to do, and that nothing was deployed', () => {
  const same = {
    ...diff,
    summary: { create: 0, change: 0, prune: 0, same: 1 },
    objects: diff.objects.slice(0, 1),
    obstacles: [],
  };
  expect(diffText(same, plain)).toMatch(/\nnothing to do\n$/);
  expect(historyText({ ...WHERE, revisions: [] }, plain)).toContain('nothing has been deployed yet');
});

it('logs stand under their server’s name, with their own colours and nothing else that moves', () => {
  const one = { server: 'time', pod: 'p', container: 'server', previous: false, time: 't' };
  const text = logLines(plain, ['time', 'mcp-gateway'])([
    { ...one, text: '\u001b[31mred\u001b[0m \u001b[2J\u0007\tx' },
    { ...one, server: 'mcp-gateway', text: 'a' },
  ]);
  expect(text).toBe('time        | \u001b[31mred\u001b[0m [2J\tx\nmcp-gateway | a\n');
  expect(logLines(plain, ['time'])([{ ...one, text: 'a' }])).toBe('a\n');
  expect(silentText({ server: 'x', state: 'failed', reason: 'no image', remedies: ['a'] })).toBe(
    'x has no log: no image\n  try: a',
  );
});

it('watching appends what has changed where nobody looks', () => {
  let written = '';
  const show = statusWatch(
    {
      isTTY: false,
      write: (text: string) => {
        written += text;
      },
    },
    plain,
  );
  show(status);
  const lines = written.split('\n').filter((line) => line !== '');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\S+Z fetch: ready$/);
  expect(written).not.toContain('\u001b');
  written = '';
  show(status);
  expect(written).toBe('');
  show({ ...status, workloads: status.workloads.map((row) => (row.name === 'fetch' ? { ...row, restarts: 1 } : row)) });
  expect(written).toMatch(/fetch: ready \(1 restart\)\n$/);
});

it('watching draws over itself on a terminal, and no line wraps', () => {
  let written = '';
  const show = statusWatch(
    {
      isTTY: true,
      columns: 40,
      write: (text: string) => {
        written += text;
      },
    },
    plain,
  );
  show(status);
  const count = written.split('\n').length - 1;
  expect(Math.max(...written.split('\n').map((line) => line.length))).toBeLessThan(40);
  show(status);
  expect(written).toContain(`\u001b[${count}A\u001b[0J`);
});
