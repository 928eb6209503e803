import { describe, expect, it } from 'vitest';
import { pageText } from '../../../src/core/explain/page.ts';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { reliabilityRules } from '../../../src/core/rules/reliability-rules.ts';
import { workloadRules } from '../../../src/core/rules/workload-rules.ts';
import { trialJob } from '../../../src/core/trial/trial-job.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';
import { appOf } from '../../helpers/config.ts';
import {
  autoscaler,
  claim,
  configMap,
  cronJob,
  daemonSet,
  deployment,
  disruptionBudget,
  faults,
  job,
  object,
  pod,
  service,
  statefulSet,
} from './objects.ts';

/** The families workload.* and reliability.* as a whole. */
const RULES = [...workloadRules, ...reliabilityRules];
const PINNED = `@sha256:${'0'.repeat(64)}`;
const ENGINES = ['mcpk', 'docker'] as const;
const PAIRS = ENGINES.flatMap((gateway) => ENGINES.map((bridge) => [gateway, bridge] as const));

/** Every server of the catalog that has an image, and one that uses all that a config can say. */
function everything(gateway: string, bridge: string, pin: string): string {
  const servers = Object.values(catalogFromTemplates()).flatMap(({ name, image }) =>
    image ? [`  ${name}: { image: ${image}${pin} }`] : [],
  );
  expect(servers.length).toBeGreaterThan(6);
  return `apiVersion: mcpk/v1
name: demo
namespace: mcp
gateway: { engine: ${gateway}, image: registry.example.com/gateway:1.2${pin} }
bridge: { engine: ${bridge}, image: registry.example.com/bridge:1.2${pin} }
servers:
${servers.join('\n')}
  notes:
    image: registry.example.com/notes:1${pin}
    command: [node, server.js, --db=$(DATABASE_URL)]
    env: { LOG_LEVEL: info, API_TOKEN_FILE: /data/token }
    secrets: [{ env: DATABASE_URL, from: { name: notes, key: url } }]
    volumes: [{ name: data, mountPath: /data, size: 1Gi }]
    security: { runAsUser: 0, hostUsers: false }
${bridge === 'mcpk' ? '    shared: true' : ''}
`;
}

function found(config: string): string[] {
  const objects = buildObjects(appOf(config)).map((one) => object({ ...one }));
  return faults(RULES, objects).map(
    (fault) => `${fault.rule} ${fault.object.kind}/${fault.object.name} ${fault.message}`,
  );
}

describe.each(PAIRS)('what mcpk renders: gateway %s, bridge %s', (gateway, bridge) => {
  it('has no fault, in nothing', () => {
    expect(found(everything(gateway, bridge, PINNED))).toEqual([]);
  });

  it('has images to pin where the config pins none, and no other fault', () => {
    const rules = new Set(found(everything(gateway, bridge, '')).map((line) => line.split(' ')[0]));
    expect([...rules].sort()).toEqual(['workload.image-digest', 'workload.image-latest']);
  });
});

it('the Job that tries an image has no fault', () => {
  const trial = trialJob({
    ...{ name: 'trial', namespace: 'mcp', argv: ['run'], runAsUser: 1000, runAsGroup: 1000 },
    ...{ image: `a${PINNED}`, bridgeImage: `b${PINNED}`, version: '1.2.3', timeoutSeconds: 60 },
  });
  expect(faults(RULES, [object({ ...trial })])).toEqual([]);
});

it('the objects of these tests have no fault, together and alone', () => {
  const objects = [
    deployment({ spec: { replicas: undefined } }),
    service(),
    autoscaler(),
    disruptionBudget(),
    daemonSet({ name: 'agent', labels: { app: 'agent' } }),
    statefulSet({ name: 'db', labels: { app: 'db' } }),
    service({ name: 'db', spec: { clusterIP: 'None', selector: { app: 'db' } } }),
    job(),
    cronJob(),
    pod({ name: 'once', labels: { app: 'once' }, pod: { restartPolicy: 'Never' } }),
    claim(),
    configMap({ LOG_LEVEL: 'info' }),
  ];
  expect(faults(RULES, objects)).toEqual([]);
  for (const one of objects) expect(faults(RULES, [one])).toEqual([]);
});

describe('rules', () => {
  it('have ids of their own, of the two families', () => {
    const ids = RULES.map(({ id }) => id);
    expect(ids.length).toBeGreaterThanOrEqual(60);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.filter((id) => !/^(workload|reliability)(\.[a-z]+(-[a-z]+)*)$/.test(id))).toEqual([]);
  });

  it.each(RULES)('$id has a page that fits a screen', ({ id, page }) => {
    const lines = pageText(id, page).split('\n');
    expect(lines.length).toBeLessThan(22);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
    expect(page.todo.length).toBeGreaterThan(0);
    for (const text of [page.title, ...page.todo]) expect(text).not.toMatch(/\.$/);
  });
});
