import { describe, expect, it } from 'vitest';
import { quantity, share } from '../../../src/core/rules/reliability-quantity.ts';
import { reliabilityResourceRules } from '../../../src/core/rules/reliability-resources.ts';
import { deployment, object, pod } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const AT = `${POD}/containers/0`;
type Sizes = Record<string, string>;
const sized = (requests?: Sizes, limits?: Sizes) =>
  deployment({ container: { resources: { ...(requests && { requests }), ...(limits && { limits }) } } });
const range = (limit: Record<string, unknown>, namespace?: string) =>
  object({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'r', namespace },
    spec: { limits: [{ type: 'Container', ...limit }] },
  });
const NO_LIMIT = `${AT}/resources/limits: has no memory limit: a leak takes the whole node`;

describe('quantities', () => {
  it.each([
    ['100m', 0.1],
    ['1', 1],
    ['0.5', 0.5],
    ['.5', 0.5],
    ['1.', 1],
    ['2k', 2000],
    ['128Mi', 134_217_728],
    ['128M', 128_000_000],
    ['1e3', 1000],
    ['1E3', 1000],
    ['1E', 1e18],
    ['-1', -1],
    [2, 2],
  ])('%s', (text, number) => expect(quantity(text)).toBeCloseTo(number, 9));

  it.each(['', 'abc', '1Q', '1 Mi', undefined, '1toString'])('%s is none', (text) =>
    expect(quantity(text)).toBeUndefined(),
  );

  it.each([
    [2, 10, 2],
    ['50%', 3, 2],
    ['0%', 3, 0],
    ['100%', 3, 3],
    ['1%', 3, 1],
    ['two', 3, undefined],
    [undefined, 3, undefined],
  ])('%s of %i pods', (value, total, pods) => expect(share(value, total)).toBe(pods));
});

describeRules(reliabilityResourceRules, {
  'reliability.requests': {
    fires: [
      [
        'nothing',
        deployment({ container: { resources: undefined } }),
        [`${AT}/resources: requests no cpu and no memory: the scheduler counts it as nothing`],
      ],
      [
        'only memory',
        sized({ memory: '64Mi' }),
        [`${AT}/resources: requests no cpu: the scheduler counts it as nothing`],
      ],
      [
        'an init container',
        deployment({ init: [{ resources: {} }] }),
        [`${POD}/initContainers/0/resources: requests no cpu and no memory: the scheduler counts it as nothing`],
      ],
      [
        'the default of another namespace',
        [deployment({ namespace: 'a', container: { resources: undefined } }), range({ default: { cpu: '1' } }, 'b')],
        [`${AT}/resources: requests no cpu and no memory: the scheduler counts it as nothing`],
      ],
      [
        'a range that sets no default',
        [sized(), range({ max: { cpu: '1' } })],
        [`${AT}/resources: requests no cpu and no memory: the scheduler counts it as nothing`],
      ],
    ],
    silent: [
      ['both', sized({ cpu: '1', memory: '1Gi' })],
      ['limits, which are requests too', sized(undefined, { cpu: '1', memory: '1Gi' })],
      [
        'of the pod',
        deployment({
          pod: { resources: { requests: { cpu: '1', memory: '1Gi' } } },
          container: { resources: undefined },
        }),
      ],
      ['a default of the namespace', [sized(), range({ defaultRequest: { cpu: '1', memory: '1Gi' } })]],
      ['a debugging container', pod({ ephemeral: [{ name: 'debug' }] })],
    ],
  },
  'reliability.memory-limit': {
    fires: [
      ['none', sized({ cpu: '1', memory: '1Gi' }), [NO_LIMIT]],
      ['only of CPU', sized(undefined, { cpu: '1' }), [NO_LIMIT]],
      ['a default request is no limit', [sized(), range({ defaultRequest: { memory: '1Gi' } })], [NO_LIMIT]],
    ],
    silent: [
      ['one', sized(undefined, { memory: '1Gi' })],
      [
        'of the pod',
        deployment({ pod: { resources: { limits: { memory: '1Gi' } } }, container: { resources: undefined } }),
      ],
      ['a default of the namespace', [sized(), range({ default: { memory: '1Gi' } })]],
    ],
  },
  'reliability.limit-below-request': {
    fires: [
      [
        'in other units',
        sized({ cpu: '1', memory: '1Gi' }, { cpu: '500m', memory: '1000M' }),
        [
          `${AT}/resources/limits/cpu: the cpu limit 500m is lower than the request 1: the API server refuses the pod`,
          `${AT}/resources/limits/memory: the memory limit 1000M is lower than the request 1Gi: the API server refuses the pod`,
        ],
      ],
      [
        'of a resource of somebody else',
        sized({ 'example.com/disk': '2' }, { 'example.com/disk': '1' }),
        [
          `${AT}/resources/limits/example.com~1disk: the example.com/disk limit 1 is lower than the request 2: the API server refuses the pod`,
        ],
      ],
    ],
    silent: [
      ['the same', sized({ cpu: '1000m', memory: '1Gi' }, { cpu: '1', memory: '1024Mi' })],
      ['no request', sized(undefined, { cpu: '1' })],
      ['no limit', sized({ cpu: '1' })],
    ],
  },
  'reliability.resource-unit': {
    fires: [
      [
        'm of memory',
        sized({ memory: '64m' }, { memory: '128m' }),
        [
          `${AT}/resources/requests/memory: memory request 64m is less than one byte: m is a thousandth, Mi is meant`,
          `${AT}/resources/limits/memory: memory limit 128m is less than one byte: m is a thousandth, Mi is meant`,
        ],
      ],
      [
        'memory without a unit',
        sized(undefined, { memory: '512' }),
        [`${AT}/resources/limits/memory: memory limit 512 is only 512 bytes; Mi is meant?`],
      ],
      [
        'CPU without a unit',
        sized({ cpu: '500' }),
        [`${AT}/resources/requests/cpu: cpu request 500 is 500 whole cores; 500m is meant?`],
      ],
    ],
    silent: [
      ['usual ones', sized({ cpu: '50m', memory: '64Mi' }, { cpu: '2', memory: '1G' })],
      ['a large node', sized({ cpu: '64' })],
      ['bytes', sized({ memory: '134217728' })],
      ['nothing', sized({ cpu: '0', memory: '0' })],
    ],
  },
});
