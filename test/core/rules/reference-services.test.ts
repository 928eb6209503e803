import { expect, it } from 'vitest';
import { referenceServicePortRules } from '../../../src/core/rules/reference-service-ports.ts';
import { referenceServiceRules } from '../../../src/core/rules/reference-services.ts';
import { configMap, deployment, job, mended, object, pod, service, statefulSet } from './objects.ts';
import { describeRules } from './table.ts';

const web = (change = {}) => deployment({ labels: { app: 'web' }, ...change });
const selecting = (selector: Record<string, string>, change = {}) => service({ spec: { selector, ...change } });
const template = object({
  apiVersion: 'v1',
  kind: 'PodTemplate',
  metadata: { name: 't' },
  template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } },
});

describeRules(referenceServiceRules, {
  'reference.service-selects-nothing': {
    fires: [
      [
        'other labels',
        [web(), selecting({ app: 'api' })],
        ['Service/web /spec/selector: no pod has the labels app=api'],
      ],
      [
        'a slip',
        [web(), selecting({ app: 'wbe' })],
        ['Service/web /spec/selector: no pod has the labels app=wbe: Deployment web has app=web'],
      ],
      [
        'one label of two is another',
        [web({ labels: { app: 'web', tier: 'front' } }), selecting({ app: 'web', tier: 'back' })],
        ['Service/web /spec/selector: no pod has the labels app=web, tier=back: Deployment web has tier=front'],
      ],
      [
        'one label too many',
        [web(), selecting({ app: 'web', tier: 'back' })],
        ['Service/web /spec/selector: no pod has the labels app=web, tier=back: Deployment web has all but tier'],
      ],
      [
        'labels of the workload are none of the pod',
        [web({ metadata: { labels: { app: 'x' } } }), selecting({ app: 'web' })],
        ['Service/web /spec/selector: no pod has the labels app=web'],
      ],
      [
        'the pods are in another namespace',
        [
          web({ namespace: 'a' }),
          web({ name: 'x', labels: { app: 'x' }, namespace: 'b' }),
          service({ namespace: 'b' }),
        ],
        ['Service/web /spec/selector: no pod has the labels app=web: Deployment web has them, in namespace a'],
      ],
      [
        'a template runs nothing',
        [web({ labels: { app: 'x' } }), template, service()],
        ['Service/web /spec/selector: no pod has the labels app=web'],
      ],
    ],
    silent: [
      ['its pods', [web(), service()]],
      [
        'pods of a bare Pod, a StatefulSet',
        [pod(), service(), statefulSet({ name: 's', labels: { app: 's' } }), selecting({ app: 's' })],
      ],
      ['a Service without a namespace may be in any', [web({ namespace: 'a' }), service()]],
      ['no pod at all: Services apart from what they lead to', [service(), configMap({ a: 'b' })]],
      ['no pod of its namespace', [web({ namespace: 'a', labels: { app: 'x' } }), service({ namespace: 'b' })]],
      [
        'no selector: endpoints made by hand',
        [web(), service({ spec: { selector: undefined } }), service({ name: 'x', spec: { selector: {} } })],
      ],
      ['ExternalName', [web(), selecting({ app: 'api' }, { type: 'ExternalName' })]],
      [
        'a Service of another group',
        [web(), object({ ...selecting({ app: 'api' }).data, apiVersion: 'serving.knative.dev/v1' })],
      ],
    ],
  },
  'reference.service-several-workloads': {
    fires: [
      [
        'a Job has the labels of the web server',
        [web(), job({ name: 'migrate', labels: { app: 'web' } }), service()],
        [
          'Service/web /spec/selector: the selector fits the pods of Deployment web, Job migrate: each connection goes to any of them',
        ],
      ],
      [
        'many',
        [...['a', 'b', 'c', 'd', 'e'].map((name) => web({ name })), service()],
        [
          'Service/web /spec/selector: the selector fits the pods of Deployment a, Deployment b, Deployment c and 2 more: each connection goes to any of them',
        ],
      ],
    ],
    silent: [
      ['one', [web(), deployment({ name: 'x', labels: { app: 'x' } }), service()]],
      ['several pods of one', [web({ spec: { replicas: 3 } }), service()]],
      ['one that is there twice', [web(), web(), service()]],
      [
        'the others are in another namespace',
        [web({ namespace: 'a' }), web({ name: 'x', namespace: 'b' }), service({ namespace: 'a' })],
      ],
    ],
  },
});

const ports = (...list: object[]) => service({ spec: { ports: list } });
const AT = 'Service/web /spec/ports/0';

describeRules(referenceServicePortRules, {
  'reference.service-target-port': {
    fires: [
      [
        'a name that is not there',
        [web(), ports({ port: 80, targetPort: 'metrics' })],
        [`${AT}/targetPort: no container of Deployment web has the TCP port metrics: there is http`],
      ],
      [
        'a slip',
        [web(), ports({ port: 80, targetPort: 'htpp' })],
        [`${AT}/targetPort: no container of Deployment web has the TCP port htpp: did you mean http?`],
      ],
      [
        'a name, and no port declared',
        [web({ container: { ports: [] } }), ports({ port: 80, targetPort: 'http' })],
        [`${AT}/targetPort: no container of Deployment web has the TCP port http`],
      ],
      [
        'a number that is not there',
        [web(), ports({ port: 80, targetPort: 80 })],
        [`[warning] ${AT}/targetPort: no container of Deployment web has the TCP port 80: there is http`],
      ],
      [
        'no targetPort',
        [web(), ports({ port: 80 })],
        [`[warning] ${AT}/port: no container of Deployment web has the TCP port 80: there is http`],
      ],
      [
        'the other protocol',
        [web(), ports({ port: 80, targetPort: 'http', protocol: 'UDP' })],
        [`${AT}/targetPort: no container of Deployment web has the UDP port http: it is TCP there`],
      ],
      [
        'the port of an init container',
        [web({ init: [{ ports: [{ name: 'x', containerPort: 1 }] }] }), ports({ port: 80, targetPort: 'x' })],
        [`${AT}/targetPort: no container of Deployment web has the TCP port x: there is http`],
      ],
      [
        'the second one',
        [web(), ports({ name: 'a', port: 80, targetPort: 'http' }, { name: 'b', port: 81, targetPort: 'b' })],
        ['Service/web /spec/ports/1/targetPort: no container of Deployment web has the TCP port b: there is http'],
      ],
    ],
    silent: [
      ['a name', [web(), ports({ port: 80, targetPort: 'http' })]],
      ['a number', [web(), ports({ port: 80, targetPort: 8080 })]],
      ['no targetPort', [web(), ports({ port: 8080 })]],
      [
        'the port of a sidecar',
        [
          web({ init: [{ restartPolicy: 'Always', ports: [{ name: 'x', containerPort: 1 }] }] }),
          ports({ port: 80, targetPort: 'x' }),
        ],
      ],
      ['a number, and no port declared', [web({ container: { ports: [] } }), ports({ port: 80 })]],
      [
        'one of several workloads has it',
        [web(), web({ name: 'x', container: { ports: [] } }), ports({ port: 80, targetPort: 'http' })],
      ],
      ['no pod is known', [ports({ port: 80, targetPort: 'x' })]],
    ],
  },
  'reference.service-port-name': {
    fires: [
      [
        'one of two',
        ports({ name: 'http', port: 80 }, { port: 81 }),
        ['Service/web /spec/ports/1: port 81 has no name, and there are 2 ports'],
        'fixed',
      ],
      [
        'both',
        ports({ port: 80, targetPort: 'http' }, { port: 53, protocol: 'UDP' }),
        [
          `${AT}: port 80 has no name, and there are 2 ports`,
          'Service/web /spec/ports/1: port 53 has no name, and there are 2 ports',
        ],
        'fixed',
      ],
      [
        'both lead to the same',
        ports({ port: 80, targetPort: 'http' }, { name: '', port: 81, targetPort: 'http' }),
        [
          `${AT}: port 80 has no name, and there are 2 ports`,
          'Service/web /spec/ports/1: port 81 has no name, and there are 2 ports',
        ],
        'fixed',
      ],
    ],
    silent: [
      ['one port needs none', ports({ port: 80 })],
      ['all have one', ports({ name: 'a', port: 80 }, { name: 'b', port: 81 })],
      ['no ports', ports()],
    ],
  },
  'reference.service-port-duplicate': {
    fires: [
      [
        'a name',
        ports({ name: 'a', port: 80 }, { name: 'a', port: 81 }),
        ['Service/web /spec/ports/1/name: the name a stands twice'],
      ],
      [
        'a port',
        ports({ name: 'a', port: 80 }, { name: 'b', port: 80, protocol: 'TCP' }),
        ['Service/web /spec/ports/1/port: port 80 (TCP) stands twice'],
      ],
      [
        'a nodePort',
        ports({ name: 'a', port: 80, nodePort: 30080 }, { name: 'b', port: 81, nodePort: 30080 }),
        ['Service/web /spec/ports/1/nodePort: nodePort 30080 (TCP) stands twice'],
      ],
    ],
    silent: [
      [
        'DNS, by both protocols',
        ports({ name: 'a', port: 53, nodePort: 30053 }, { name: 'b', port: 53, nodePort: 30053, protocol: 'UDP' }),
      ],
      ['several without a name or nodePort', ports({ port: 80, nodePort: 0 }, { port: 81, nodePort: 0 })],
      [
        'two ports that lead to one',
        ports({ name: 'a', port: 80, targetPort: 8080 }, { name: 'b', port: 81, targetPort: 8080 }),
      ],
    ],
  },
});

it('ports are named as at the container, else by protocol and number, and never twice', () => {
  const rules = referenceServicePortRules.filter(({ id }) => id === 'reference.service-port-name');
  const after = rules
    .flatMap((rule) =>
      mended(
        rule,
        ports(
          { port: 80, targetPort: 'http' },
          { port: 81, targetPort: 'http' },
          { port: 53, protocol: 'UDP' },
          { port: 82, targetPort: 8080 },
          { name: 'tcp-83', port: 84 },
          { port: 83 },
        ),
      ),
    )
    .map(({ data }) => data['spec'] as { ports: { name: string }[] });
  expect(after.map((spec) => spec.ports.map(({ name }) => name))).toEqual([
    ['http', 'tcp-81', 'udp-53', 'tcp-82', 'tcp-83', 'tcp-83-2'],
  ]);
});
