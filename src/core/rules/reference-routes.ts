import type { V1ServicePort, V1ServiceSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import type { ObjectSet } from './object-set.ts';
import { absent, inNamespace, listed, lookUp, mapOf, mapsOf, nearest, perSet, textOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';
import { type GroupKind, objectsOf } from './workload-kinds.ts';

const GATEWAY_API = 'gateway.networking.k8s.io';
const INGRESS: GroupKind = 'networking.k8s.io/Ingress';
const ROUTES: readonly GroupKind[] = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'].map(
  (kind): GroupKind => `${GATEWAY_API}/${kind}`,
);

/** Where an Ingress or a route of the Gateway API sends requests. */
export interface Backend {
  object: KubeObject;
  /** JSON Pointer of the backend, and of its port. */
  pointer: string;
  portPointer: string;
  service: string;
  namespace: string | undefined;
  /** Number or name; undefined where none is said. */
  port: number | string | undefined;
  /** Undefined: for every host. */
  host?: string;
}

export const backendsOf = perSet((objects: ObjectSet): Backend[] => [
  ...objectsOf(objects, INGRESS).flatMap((object) => [...ofIngress(object)]),
  ...objectsOf(objects, ...ROUTES).flatMap((object) => [...ofRoute(object)]),
]);

function* ofIngress(object: KubeObject): Iterable<Backend> {
  const spec = mapOf(object.data['spec']);
  const backend = (value: unknown, pointer: string, host?: string): Backend[] => {
    const service = mapOf(mapOf(value)['service']);
    const name = textOf(service['name']);
    if (name === undefined) return [];
    const { number, name: named } = mapOf(service['port']);
    const port = typeof number === 'number' ? number : textOf(named);
    const portPointer = `${pointer}/service/port`;
    const at = { object, pointer: `${pointer}/service`, portPointer, namespace: object.namespace };
    return [{ ...at, service: name, port, ...(host !== undefined && { host }) }];
  };
  yield* backend(spec['defaultBackend'], '/spec/defaultBackend');
  for (const [i, rule] of mapsOf(spec['rules']).entries()) {
    for (const [j, path] of mapsOf(mapOf(rule['http'])['paths']).entries()) {
      yield* backend(path['backend'], `/spec/rules/${i}/http/paths/${j}/backend`, textOf(rule['host']));
    }
  }
}

function* ofRoute(object: KubeObject): Iterable<Backend> {
  for (const [i, rule] of mapsOf(mapOf(object.data['spec'])['rules']).entries()) {
    for (const [j, { kind, group, name, namespace, port }] of mapsOf(rule['backendRefs']).entries()) {
      const service = textOf(name);
      // A backend of another kind is somebody else's matter.
      if (service === undefined || (textOf(kind) ?? 'Service') !== 'Service' || textOf(group) !== undefined) continue;
      const pointer = `/spec/rules/${i}/backendRefs/${j}`;
      yield {
        object,
        pointer,
        portPointer: `${pointer}/port`,
        service,
        namespace: textOf(namespace) ?? object.namespace,
        port: typeof port === 'number' ? port : undefined,
      };
    }
  }
}

const missing: Rule = {
  id: 'reference.backend-missing',
  severity: 'info',
  page: {
    title: 'requests go to a Service that is not among these manifests',
    why: 'An Ingress or route whose Service does not exist answers every request with an error (503, with most controllers). mcpk sees only the files that it was given, so this is a note; where another Service has nearly the same name it is a warning.',
    todo: ['correct the name of the Service', 'or give mcpk lint the file of the Service, too'],
  },
  *check(objects) {
    for (const { object, pointer, service, namespace } of backendsOf(objects)) {
      if (lookUp(objects, '/Service', service, namespace)) continue;
      const others = inNamespace(objects, '/Service', namespace).map(({ name }) => name);
      yield { object, pointer: `${pointer}/name`, ...absent('Service', service, others) };
    }
  },
};

const port: Rule = {
  id: 'reference.backend-port',
  severity: 'error',
  page: {
    title: 'requests are sent to a port that the Service does not have',
    why: 'The backend names a port of the Service (spec.ports[].port or its name), never the port of the pod. With any other the controller has nowhere to send the requests to, and answers with an error.',
    todo: ['the port of the Service, or its name'],
  },
  *check(objects) {
    for (const { object, portPointer, service, namespace, port } of backendsOf(objects)) {
      const found = lookUp(objects, '/Service', service, namespace);
      if (!found || port === undefined) continue;
      const { ports = [], type } = (found.data['spec'] ?? {}) as V1ServiceSpec;
      // Behind an ExternalName nothing is declared.
      if (type === 'ExternalName' || ports.some((one) => one.port === port || one.name === port)) continue;
      yield { object, pointer: portPointer, message: `Service ${service} has no port ${port}${hint(port, ports)}` };
    }
  },
};

function hint(port: number | string, ports: readonly V1ServicePort[]): string {
  const behind = ports.find(({ targetPort }) => targetPort === port);
  if (behind) return `: that is the pod’s, the Service has ${behind.port}`;
  const [near] =
    typeof port === 'string'
      ? nearest(
          port,
          ports.flatMap(({ name }) => name ?? []),
        )
      : [];
  if (near !== undefined) return `: did you mean ${near}?`;
  const all = ports.map((one) => (one.name ? `${one.port} (${one.name})` : String(one.port)));
  return all.length > 0 ? `: it has ${listed(all)}` : '';
}

export const referenceRouteRules: readonly Rule[] = [missing, port];
