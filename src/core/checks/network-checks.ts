import { type App, names } from '../app/app.ts';
import { selector, serverLabels } from '../manifests/labels.ts';
import { fail, pass, type ServerCheck, type ServerTarget, skip } from './check.ts';
import type { NameLookup, Ports } from './ports.ts';

const serviceExists: ServerCheck = {
  id: 'service.exists',
  category: 'network',
  title: 'the Service is the one that the gateway calls',
  severity: 'error',
  scope: 'server',
  needs: ['resource.exists'],
  retry: false,
  run: async ({ cluster }, { app, server }) => {
    const name = names.serverService(server.name);
    const spec = (await cluster.get('Service', name))?.spec as
      | { ports?: { port: number }[]; selector?: Record<string, string> }
      | undefined;
    if (!spec?.ports?.some(({ port }) => port === names.bridgePort)) {
      return fail(`Service ${name} has no port ${names.bridgePort}`, {
        cause: 'the gateway calls that port',
        remedies: ['mcpk deploy sets it right'],
      });
    }
    const wanted = Object.entries(selector(serverLabels(app, server.name)));
    const differs = wanted.find(([key, value]) => spec.selector?.[key] !== value);
    if (differs) {
      return fail(`Service ${name} selects other pods: ${differs[0]} is ${spec.selector?.[differs[0]] ?? 'not set'}`, {
        remedies: ['mcpk deploy sets it right'],
      });
    }
    return pass(`${name}:${names.bridgePort}`);
  },
};

const endpoints: ServerCheck = {
  id: 'service.endpoints',
  category: 'network',
  title: 'the Service leads to a ready pod',
  severity: 'error',
  scope: 'server',
  needs: ['service.exists', 'workload.ready'],
  retry: true,
  run: async ({ cluster }, { app, server }) => {
    const { ready, notReady } = await cluster.endpoints(names.serverService(server.name));
    if (ready > 0) return pass(`${ready} ready`);
    return fail(notReady > 0 ? `${notReady} addresses, none ready` : 'no addresses', {
      cause:
        notReady > 0
          ? 'the pod does not pass its readiness probe'
          : 'no pod matches the selector, or its port has another name',
      remedies: [
        `kubectl -n ${app.namespace} get endpointslices -l kubernetes.io/service-name=${names.serverService(server.name)} -o yaml`,
      ],
    });
  },
};

const dns: ServerCheck = {
  id: 'dns.resolve',
  category: 'network',
  title: "the Service's name resolves in the gateway's pod",
  severity: 'error',
  scope: 'server',
  needs: ['service.exists'],
  retry: true,
  run: async (ports, target) => {
    const found = await lookUp(ports, target);
    if (!found) return skip('no gateway pod runs', 'gateway.ready');
    if (found.address !== undefined) return pass(`${names.serverService(target.server.name)} is ${found.address}`);
    return fail(`${names.serverService(target.server.name)}: ${found.error ?? 'no answer'}`, {
      cause: "the cluster's DNS does not answer, or a NetworkPolicy keeps the gateway from it",
      remedies: [
        'kubectl -n kube-system get pods -l k8s-app=kube-dns',
        `kubectl -n ${target.app.namespace} get networkpolicy mcp-gateway -o yaml`,
      ],
    });
  },
};

const tcp: ServerCheck = {
  id: 'network.tcp',
  category: 'network',
  title: 'the gateway reaches the server through its Service',
  severity: 'error',
  scope: 'server',
  needs: ['dns.resolve', 'service.endpoints'],
  retry: true,
  // docker's bridge starts a server process for every connection: too dear for a question.
  applies: (app) => app.bridge.engine === 'mcpk',
  run: async (ports, target) => {
    const found = await lookUp(ports, target);
    if (found?.connect === undefined) return skip('not tried from this gateway');
    if (found.connect === 'ok') return pass(`port ${names.bridgePort}`);
    return fail(`${names.serverService(target.server.name)}:${names.bridgePort}: ${found.connect}`, {
      cause: 'a NetworkPolicy, kube-proxy or the CNI keeps the gateway from the server',
      remedies: [`kubectl -n ${target.app.namespace} get networkpolicy`, 'mcpk deploy sets the policies right'],
    });
  },
};

/** Undefined where no gateway container runs. One exec serves all servers; a name that failed is asked for again. */
async function lookUp(ports: Ports, { app, server, facts }: ServerTarget): Promise<NameLookup | undefined> {
  const service = names.serverService(server.name);
  const known = (await facts.lookup)?.get(service);
  if (known && known.error === undefined && (known.connect ?? 'ok') === 'ok') return known;
  if (known || !facts.lookup) {
    const asked = lookUpAll(ports, app);
    facts.lookup = asked;
    // A refusal is everybody's; forget it, so that each says it for itself.
    asked.catch(() => {
      if (facts.lookup === asked) delete facts.lookup;
    });
  }
  const answers = await facts.lookup;
  return answers && (answers.get(service) ?? { error: 'no answer' });
}

async function lookUpAll({ cluster }: Ports, app: App): Promise<Map<string, NameLookup> | undefined> {
  const pod = (await cluster.pods('gateway')).find(({ containers }) =>
    containers.some(({ state }) => state === 'running'),
  );
  return (
    pod &&
    cluster.lookUp(
      pod.name,
      app.servers.map(({ name }) => names.serverService(name)),
    )
  );
}

export const networkChecks = [serviceExists, endpoints, dns, tcp];
