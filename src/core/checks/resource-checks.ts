import { names } from '../app/app.ts';
import { buildObjects } from '../manifests/objects.ts';
import { type AppCheck, fail, type Outcome, pass, type ServerCheck, type Target } from './check.ts';
import type { Ports } from './ports.ts';

const appObjects: AppCheck = {
  id: 'resource.gateway',
  category: 'resource',
  title: "the gateway's objects exist",
  severity: 'error',
  scope: 'app',
  needs: ['cluster.namespace'],
  retry: false,
  run: (ports, target) => allExist(ports, target, undefined),
};

const serverObjects: ServerCheck = {
  id: 'resource.exists',
  category: 'resource',
  title: "the server's objects exist",
  severity: 'error',
  scope: 'server',
  needs: ['cluster.namespace'],
  retry: false,
  run: (ports, target) => allExist(ports, target, target.server.name),
};

async function allExist({ cluster }: Ports, { app }: Target, server: string | undefined): Promise<Outcome> {
  const wanted = buildObjects(app).filter(({ kind, metadata: { labels } }) => {
    const owner = labels['app.kubernetes.io/component'] === 'server' ? labels['app.kubernetes.io/name'] : undefined;
    return kind !== 'Namespace' && owner === server;
  });
  const found = await Promise.all(wanted.map(({ kind, metadata }) => cluster.get(kind, metadata.name)));
  const missing = wanted.filter((_, i) => !found[i]).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  if (missing.length === 0) return pass(`${wanted.length} objects`);
  return fail(`missing: ${missing.join(', ')}`, {
    cause:
      missing.length === wanted.length
        ? 'it has not been deployed to this namespace'
        : 'someone deleted a part, or a deployment stopped halfway',
    remedies: ['mcpk deploy'],
  });
}

/** A pod that runs keeps its values when the Secret goes: only its next start would tell. */
const secrets: ServerCheck = {
  id: 'secret.refs',
  category: 'resource',
  title: "the server's Secrets have the keys that it needs",
  severity: 'error',
  scope: 'server',
  needs: ['cluster.namespace'],
  retry: false,
  applies: (_app, server) => server.secrets.length > 0,
  run: async ({ cluster }, { app, server }) => {
    const secretNames = [...new Set(server.secrets.map(({ from }) => from.name))];
    const found = await Promise.all(secretNames.map(async (name) => [name, await cluster.secretKeys(name)] as const));
    const keysOf = new Map(found);
    const missing = server.secrets.filter(({ from }) => !keysOf.get(from.name)?.includes(from.key));
    if (missing.length === 0) return pass(secretNames.join(', '));
    const told = missing.map(({ from: { name, key } }) =>
      keysOf.get(name) ? `Secret ${name} has no key ${key}` : `there is no Secret ${name} (key ${key})`,
    );
    return fail([...new Set(told)].join(', '), {
      cause: 'without it the next pod of the server does not start',
      remedies: missing.map(
        ({ from: { name, key } }) =>
          `kubectl -n ${app.namespace} create secret generic ${name} --from-literal=${key}=VALUE`,
      ),
    });
  },
};

const claims: ServerCheck = {
  id: 'pvc.bound',
  category: 'resource',
  title: "the server's volumes are there",
  severity: 'error',
  scope: 'server',
  needs: ['resource.exists'],
  // A storage class may wait for the pod, and the pod takes its time.
  retry: true,
  applies: (_app, server) => server.volumes.length > 0,
  run: async ({ cluster }, { app, server }) => {
    const wanted = server.volumes.map(({ name }) => names.claim(server.name, name));
    const phases = await Promise.all(
      wanted.map(async (name) => String((await cluster.get('PersistentVolumeClaim', name))?.status?.['phase'])),
    );
    const open = wanted.filter((_, i) => phases[i] !== 'Bound');
    if (open.length === 0) return pass(`${wanted.length} bound`);
    return fail(open.map((name) => `${name} is ${phases[wanted.indexOf(name)]}`).join(', '), {
      cause: 'no storage has been given to it: there is no default StorageClass, or its provisioner does not answer',
      remedies: [
        `kubectl -n ${app.namespace} describe pvc ${open[0]}`,
        'kubectl get storageclass shows the default one, if there is one',
      ],
    });
  },
};

export const resourceChecks = [appObjects, serverObjects, secrets, claims];
