import { names } from '../app/app.ts';
import type { Fault, KubeObject } from './finding.ts';
import { gatewayPods, serverPods } from './network-view.ts';
import type { ObjectSet } from './object-set.ts';
import { grouped, lookUp, mapOf, mapsOf, perSet, textOf } from './reference-lookup.ts';
import { type Backend, backendsOf } from './reference-routes.ts';
import { type ServiceView, servicesOf } from './reference-services.ts';
import type { Rule } from './rule.ts';

/** Which Services lead to MCP, by the pods behind them, or by name where the pods are elsewhere. */
const leadsTo = perSet((objects: ObjectSet) => {
  const gateways = new Set(gatewayPods(objects).map(({ view }) => view));
  const servers = new Set(serverPods(objects).map(({ view }) => view));
  return ({ service, spec, pods }: ServiceView): 'gateway' | 'server' | undefined => {
    if (pods.some((pod) => gateways.has(pod)) || service.name === names.gateway) return 'gateway';
    const bridge = service.name.startsWith('mcp-') && spec.ports?.some(({ port }) => port === names.bridgePort);
    return bridge || pods.some((pod) => servers.has(pod)) ? 'server' : undefined;
  };
});

function annotationsOf({ data }: KubeObject): string[] {
  return Object.keys(mapOf(mapOf(data['metadata'])['annotations']));
}

/** Annotations by which clouds' load balancers get a certificate. */
const CERTIFICATE = /ssl-cert|certificate|pre-shared-cert/;

const exposed: Rule = {
  id: 'network.exposed-service',
  severity: 'warning',
  page: {
    title: 'MCP is reachable from outside of the cluster, in the clear',
    why: 'Services of type NodePort and LoadBalancer are reached by everybody who reaches a node or the load balancer. A gateway there gets its token unencrypted, for everybody on the way to read; an MCP server asks for no token at all, so for a server this is an error.',
    todo: [
      'type: ClusterIP, and an Ingress or HTTPRoute with TLS for the gateway',
      'kubectl port-forward service/mcp-gateway 8811, for yourself',
      'a load balancer that ends TLS: the annotation with its certificate',
    ],
  },
  *check(objects) {
    for (const view of servicesOf(objects)) {
      const { type } = view.spec;
      const what = type === 'NodePort' || type === 'LoadBalancer' ? leadsTo(objects)(view) : undefined;
      if (!what) continue;
      const base = { object: view.service, pointer: '/spec/type' };
      if (what === 'server') {
        const message = `type ${type} opens an MCP server to the outside, and it asks for no token`;
        yield { ...base, message, severity: 'error' } satisfies Fault;
      } else if (!endsTls(view.service)) {
        yield { ...base, message: `type ${type} opens the gateway to the outside without TLS` } satisfies Fault;
      }
    }
  },
};

const externalIps: Rule = {
  id: 'network.external-ips',
  severity: 'warning',
  page: {
    title: 'the Service takes over addresses (externalIPs)',
    why: 'Every node then sends what goes to that address to this Service, whoever owns the address: whoever may make Services can read the traffic of others (CVE-2020-8554). Many clusters refuse it.',
    todo: ['remove spec.externalIPs', 'type: LoadBalancer, or an Ingress, where it has to be reached from outside'],
  },
  *check(objects) {
    for (const { service, spec } of servicesOf(objects)) {
      const { externalIPs = [] } = spec;
      if (externalIPs.length === 0) continue;
      yield { object: service, pointer: '/spec/externalIPs', message: `externalIPs: ${externalIPs.join(', ')}` };
    }
  },
};

const ingressTls: Rule = {
  id: 'network.ingress-tls',
  severity: 'warning',
  page: {
    title: 'the gateway is published without TLS',
    why: 'Every request carries the token. Without TLS everybody on the way reads it, and may then call every tool of every server.',
    todo: [
      'spec.tls with the host and the Secret of its certificate',
      'cert-manager makes the certificate: annotation cert-manager.io/cluster-issuer beside spec.tls',
    ],
  },
  *check(objects) {
    const open = backendsOf(objects).filter(
      (backend) => isGateway(backend, objects) && !endsTls(backend.object) && !hasTls(backend.object, backend.host),
    );
    for (const [first] of grouped(open, ({ object, host }) => [object, host ?? ''])) {
      if (!first) continue;
      const where = first.host === undefined ? 'any host' : `host ${first.host}`;
      const message = `the gateway is published for ${where} without TLS`;
      yield { object: first.object, pointer: first.pointer, message };
    }
  },
};

/** Routes of the Gateway API are not looked at: whether there is TLS is said by the listener of their Gateway. */
function isGateway({ object, service, namespace }: Backend, objects: ObjectSet): boolean {
  if (object.kind !== 'Ingress') return false;
  const found = lookUp(objects, '/Service', service, namespace);
  const view = found && servicesOf(objects).find((one) => one.service === found);
  return view ? leadsTo(objects)(view) === 'gateway' : service === names.gateway;
}

/** The cloud's load balancer has the certificate. */
function endsTls(object: KubeObject): boolean {
  return annotationsOf(object).some((key) => CERTIFICATE.test(key));
}

/** Whether a certificate covers the host; an entry without hosts covers all. */
function hasTls({ data }: KubeObject, host: string | undefined): boolean {
  return mapsOf(mapOf(data['spec'])['tls']).some(({ hosts }) => {
    const names = Array.isArray(hosts) ? hosts.flatMap((name) => textOf(name) ?? []) : [];
    if (names.length === 0 || host === undefined) return true;
    return names.some(
      (name) => name === host || (name.startsWith('*.') && host.split('.').slice(1).join('.') === name.slice(2)),
    );
  });
}

export const networkExposureRules: readonly Rule[] = [exposed, externalIps, ingressTls];
