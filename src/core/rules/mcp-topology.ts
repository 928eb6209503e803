import type { V1Service } from '@kubernetes/client-node';
import { names } from '../app/app.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { Fault, KubeObject } from './finding.ts';
import { bridgeOf, type GatewayView, gatewaysOf } from './mcp-app.ts';
import { type ObjectSet, type PodView, sameNamespace } from './object-set.ts';
import type { Rule } from './rule.ts';

/** A gateway and the servers that it was told of. */
interface Listing {
  object: KubeObject;
  container?: string;
  /** Where the list stands in the object. */
  pointer: string;
  servers: string[];
}

/** What every gateway of the set serves; nothing of one whose list cannot be read here. */
function listings(objects: ObjectSet): Listing[] {
  return gatewaysOf(objects).flatMap((gateway) =>
    gateway.engine === 'docker' ? dockerListing(gateway) : mcpkListing(gateway, objects),
  );
}

function dockerListing({ view }: GatewayView): Listing[] {
  return (['command', 'args'] as const).flatMap((key) =>
    (view.container[key] ?? []).flatMap((word, i): Listing[] => {
      const list = /^--servers=(.*)$/.exec(word)?.[1];
      if (list === undefined) return [];
      const servers = list.split(',').filter(Boolean);
      return [
        { object: view.pod.object, container: view.container.name, pointer: `${view.pointer}/${key}/${i}`, servers },
      ];
    }),
  );
}

/** mcpk's gateway reads a ConfigMap that its pod mounts. */
function mcpkListing({ view }: GatewayView, objects: ObjectSet): Listing[] {
  const maps = (view.pod.spec.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []);
  return maps.flatMap((name): Listing[] => {
    const object = objects.find('ConfigMap', name, view.pod.object.namespace);
    const { data } = (object?.data ?? {}) as { data?: Record<string, string> };
    const text = data?.['gateway.json'];
    if (!object || text === undefined) return [];
    return [{ object, pointer: '/data/gateway.json', servers: serversIn(text) }];
  });
}

/** Servers that are reached as mcp-<name>; others need no Service of this set. */
function serversIn(text: string): string[] {
  try {
    const { servers = {} } = JSON.parse(text) as { servers?: Record<string, { tcp?: string }> };
    return Object.entries(servers).flatMap(([name, { tcp }]) =>
      tcp === `${names.serverService(name)}:${names.bridgePort}` ? [name] : [],
    );
  } catch {
    return [];
  }
}

/** Services that lead to a bridge, by their port or by the pods behind them. */
function serverServices(objects: ObjectSet): KubeObject[] {
  return objects.of('Service').filter((service) => {
    const { ports = [] } = (service.data['spec'] ?? {}) as NonNullable<V1Service['spec']>;
    return (
      ports.some(({ port }) => port === names.bridgePort) ||
      podsBehind(service, objects).some((pod) => runsBridge(pod, objects))
    );
  });
}

function podsBehind({ data, namespace }: KubeObject, { pods }: ObjectSet): PodView[] {
  const { selector } = (data['spec'] ?? {}) as NonNullable<V1Service['spec']>;
  if (!selector) return [];
  return pods.filter(
    ({ metadata, object }) =>
      sameNamespace(object.namespace, namespace) &&
      Object.entries(selector).every(([key, value]) => metadata.labels?.[key] === value),
  );
}

function runsBridge(pod: PodView, { containers }: ObjectSet): boolean {
  return containers.some((view) => view.pod === pod && bridgeOf(view) !== undefined);
}

const serverOf = (service: KubeObject) => /^mcp-(.+)$/.exec(service.name)?.[1];

const notDeployed: Rule = {
  id: 'mcp.listed-not-deployed',
  severity: 'error',
  page: {
    title: 'the gateway lists a server that is not deployed',
    why: 'The gateway connects to mcp-<server>:4444 and finds no such name. docker/mcp-gateway writes one line into its log and goes on without the server; nothing else shows that its tools are missing.',
    todo: ['deploy the server with a Service of exactly that name', 'or take it out of the gateway’s list'],
  },
  *check(objects) {
    const services = serverServices(objects);
    // Manifests of a gateway alone: its servers stand elsewhere.
    if (services.length === 0) return;
    for (const listing of listings(objects)) {
      for (const server of listing.servers) {
        const name = names.serverService(server);
        if (
          services.some(
            (service) => service.name === name && sameNamespace(service.namespace, listing.object.namespace),
          )
        )
          continue;
        const near = didYouMean(
          name,
          services.filter(({ name }) => !isListed(name, listing)).map((one) => one.name),
        );
        const meant = near.length > 0 ? `; there is ${near.join(', ')}` : '';
        yield fault(listing, `server ${server} is listed, and no Service ${name} is among these manifests${meant}`);
      }
    }
  },
};

function isListed(service: string, { servers }: Listing): boolean {
  return servers.some((server) => names.serverService(server) === service);
}

function fault({ object, pointer, container }: Listing, message: string): Fault {
  return { object, pointer, message, ...(container !== undefined && { container }) };
}

const notListed: Rule = {
  id: 'mcp.deployed-not-listed',
  severity: 'warning',
  page: {
    title: 'a server is deployed and no gateway lists it',
    why: 'Its pod runs and costs memory, and no client can use it.',
    todo: [
      'add it to the gateway’s list (--servers=..., or servers of its config)',
      'or remove its Deployment and Service',
    ],
  },
  *check(objects) {
    const all = listings(objects);
    if (all.length === 0) return;
    for (const service of serverServices(objects)) {
      const server = serverOf(service);
      if (server === undefined || all.some((listing) => isListed(service.name, listing))) continue;
      yield {
        object: service,
        pointer: '/metadata/name',
        message: `Service ${service.name} is there, and no gateway lists ${server}`,
      };
    }
  },
};

const serviceName: Rule = {
  id: 'mcp.service-name',
  severity: 'error',
  page: {
    title: 'the Service of a server lacks the name that the gateway looks for',
    why: 'docker/mcp-gateway has the name mcp-<server> built in, and mcpk keeps to it. Under any other name the server is never found.',
    todo: ['call the Service mcp-<server>, with the name that the gateway’s list has'],
  },
  *check(objects) {
    for (const service of serverServices(objects)) {
      if (serverOf(service) !== undefined) continue;
      const message = `Service ${service.name} leads to an MCP server; the gateway looks for mcp-<server>`;
      yield { object: service, pointer: '/metadata/name', message };
    }
  },
};

const servicePort: Rule = {
  id: 'mcp.service-port',
  severity: 'error',
  page: {
    title: 'the Service of a server does not have port 4444',
    why: 'docker/mcp-gateway has the port built in: it connects to mcp-<server>:4444 and to nothing else.',
    todo: ['port: 4444; the targetPort may be any'],
  },
  *check(objects) {
    for (const service of serverServices(objects)) {
      const { ports = [] } = (service.data['spec'] ?? {}) as NonNullable<V1Service['spec']>;
      if (ports.some(({ port }) => port === names.bridgePort)) continue;
      yield {
        object: service,
        pointer: ports.length > 0 ? '/spec/ports/0/port' : '/spec',
        message: `Service ${service.name} has port ${ports.map(({ port }) => port).join(', ') || 'none'}, and the gateway connects to ${names.bridgePort}`,
        ...(ports.length === 1 && {
          fix: [
            // Without a targetPort it is the port that changes here.
            ...(ports[0]?.targetPort === undefined
              ? [{ op: 'set' as const, pointer: '/spec/ports/0/targetPort', value: ports[0]?.port }]
              : []),
            { op: 'set' as const, pointer: '/spec/ports/0/port', value: names.bridgePort },
          ],
        }),
      };
    }
  },
};

const scaledGateway: Rule = {
  id: 'mcp.scaled-gateway',
  severity: 'warning',
  page: {
    title: 'several gateways, and requests of one session go to any of them',
    why: 'A session of MCP up to 2025-11-25 lives in the memory of the gateway that began it; the others answer 404 to its requests.',
    todo: ['sessionAffinity: ClientIP on the gateway’s Service', 'or replicas: 1'],
  },
  *check(objects) {
    for (const { view } of gatewaysOf(objects)) {
      const { pod } = view;
      if ((pod.replicas ?? 1) < 2) continue;
      for (const service of objects.of('Service')) {
        const { sessionAffinity } = (service.data['spec'] ?? {}) as NonNullable<V1Service['spec']>;
        if (sessionAffinity === 'ClientIP' || !podsBehind(service, objects).includes(pod)) continue;
        yield {
          object: service,
          pointer: '/spec',
          message: `${pod.replicas} gateways stand behind Service ${service.name}, which sends each request to any of them`,
          fix: [{ op: 'set', pointer: '/spec/sessionAffinity', value: 'ClientIP' }],
        };
      }
    }
  },
};

const scaledServer: Rule = {
  id: 'mcp.scaled-stateful',
  severity: 'warning',
  page: {
    title: 'several pods of a server that stores data',
    why: 'Each session goes to any one of the pods. Where they share a volume they write into the same files at once; where they do not, each of them knows something else.',
    todo: ['replicas: 1 for servers that store data'],
  },
  *check(objects) {
    for (const pod of objects.pods) {
      if ((pod.replicas ?? 1) < 2 || !runsBridge(pod, objects)) continue;
      const claim = (pod.spec.volumes ?? []).find(({ persistentVolumeClaim }) => persistentVolumeClaim);
      const own = ((pod.object.data['spec'] ?? {}) as { volumeClaimTemplates?: unknown[] }).volumeClaimTemplates;
      if (!claim && !own?.length) continue;
      yield {
        object: pod.object,
        pointer: '/spec/replicas',
        message: `${pod.replicas} pods of a server that stores data`,
      };
    }
  },
};

export const mcpTopologyRules: readonly Rule[] = [
  notDeployed,
  notListed,
  serviceName,
  servicePort,
  scaledGateway,
  scaledServer,
];
