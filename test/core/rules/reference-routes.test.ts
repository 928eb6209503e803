import { referenceRouteRules } from '../../../src/core/rules/reference-routes.ts';
import { object, service } from './objects.ts';
import { describeRules } from './table.ts';

const ports = (...list: object[]) => service({ spec: { ports: list } });
const ingress = (name: string, port: object) =>
  object({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web' },
    spec: { rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port } } }] } }] },
  });
const route = (ref: object, kind = 'HTTPRoute', namespace?: string) =>
  object({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind,
    metadata: { name: 'web', namespace },
    spec: { rules: [{ backendRefs: [ref] }] },
  });
const PATH = 'Ingress/web /spec/rules/0/http/paths/0/backend/service';
const two = service({
  spec: {
    ports: [
      { name: 'http', port: 80, targetPort: 8080 },
      { name: 'metrics', port: 9090 },
    ],
  },
});

describeRules(referenceRouteRules, {
  'reference.backend-missing': {
    fires: [
      [
        'an Ingress',
        [service(), ingress('api', { number: 80 })],
        [`${PATH}/name: Service api is not among these manifests: it must exist already`],
      ],
      [
        'the default of an Ingress',
        object({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'web' },
          spec: { defaultBackend: { service: { name: 'api', port: { number: 80 } } } },
        }),
        [
          'Ingress/web /spec/defaultBackend/service/name: Service api is not among these manifests: it must exist already',
        ],
      ],
      [
        'a slip',
        [service(), ingress('wep', { number: 80 })],
        [`[warning] ${PATH}/name: there is no Service wep: did you mean web?`],
      ],
      [
        'a route',
        route({ name: 'api', port: 80 }),
        [
          'HTTPRoute/web /spec/rules/0/backendRefs/0/name: Service api is not among these manifests: it must exist already',
        ],
      ],
      [
        'a route of another protocol',
        route({ name: 'api', port: 80 }, 'GRPCRoute'),
        [
          'GRPCRoute/web /spec/rules/0/backendRefs/0/name: Service api is not among these manifests: it must exist already',
        ],
      ],
      [
        'a Service of another namespace',
        [service({ namespace: 'a' }), route({ name: 'web', port: 80 }, 'HTTPRoute', 'b')],
        [
          'HTTPRoute/web /spec/rules/0/backendRefs/0/name: Service web is not among these manifests: it must exist already',
        ],
      ],
    ],
    silent: [
      ['they are there', [service(), ingress('web', { number: 80 }), route({ name: 'web', port: 80 })]],
      [
        'in the namespace that the route names',
        [service({ namespace: 'a' }), route({ name: 'web', namespace: 'a', port: 80 }, 'HTTPRoute', 'b')],
      ],
      [
        'another kind of backend',
        [
          route({ group: 'x.example.com', kind: 'Backend', name: 'api' }),
          route({ kind: 'ServiceImport', name: 'api' }),
        ],
      ],
      [
        'a backend that is a resource',
        object({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'Ingress',
          metadata: { name: 'web' },
          spec: { defaultBackend: { resource: { kind: 'Bucket', name: 'x' } } },
        }),
      ],
      ['a route of another group', object({ ...route({ name: 'api' }).data, apiVersion: 'x.example.com/v1' })],
      [
        'a route that is no route',
        object({ ...route({}).data, spec: { rules: [null, { backendRefs: 'x' }, { backendRefs: [7] }] } }),
      ],
    ],
  },
  'reference.backend-port': {
    fires: [
      [
        'the pod’s port',
        [two, ingress('web', { number: 8080 })],
        [`${PATH}/port: Service web has no port 8080: that is the pod’s, the Service has 80`],
      ],
      [
        'another number',
        [two, ingress('web', { number: 81 })],
        [`${PATH}/port: Service web has no port 81: it has 80 (http), 9090 (metrics)`],
      ],
      [
        'a slip',
        [two, ingress('web', { name: 'htpp' })],
        [`${PATH}/port: Service web has no port htpp: did you mean http?`],
      ],
      [
        'a route',
        [two, route({ name: 'web', port: 8080 })],
        [
          'HTTPRoute/web /spec/rules/0/backendRefs/0/port: Service web has no port 8080: that is the pod’s, the Service has 80',
        ],
      ],
      [
        'a Service without ports',
        [ports(), ingress('web', { number: 80 })],
        [`${PATH}/port: Service web has no port 80`],
      ],
    ],
    silent: [
      ['a number', [two, ingress('web', { number: 80 })]],
      ['a name', [two, ingress('web', { name: 'metrics' })]],
      ['a route', [two, route({ name: 'web', port: 9090 })]],
      ['no Service, no port of it', ingress('api', { number: 81 })],
      ['a route that says no port', [two, route({ name: 'web' })]],
      ['ExternalName', [service({ spec: { type: 'ExternalName', ports: undefined } }), ingress('web', { number: 81 })]],
    ],
  },
});
