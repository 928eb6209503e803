import { describe, expect, it } from 'vitest';
import type { Labels, Selector } from '../../../src/core/network/labels.ts';
import {
  allows,
  type Destination,
  directionsOf,
  type End,
  type NetworkPolicy,
  type PodEnd,
  type PolicyPeer,
  type PolicyPort,
  type PolicySpec,
} from '../../../src/core/network/policy.ts';

const whole = (known: Record<string, string>): Labels => ({ known, whole: true });
const some = (known: Record<string, string>): Labels => ({ known, whole: false });

function pod(name: string, change: Partial<PodEnd> = {}, namespace = 'mcp'): PodEnd {
  return {
    kind: 'pod',
    namespace: { name: namespace, labels: whole({ 'kubernetes.io/metadata.name': namespace, team: 'a' }) },
    labels: whole({ app: name }),
    ports: [
      { name: 'http', containerPort: 8080 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ],
    address: '10.1.0.7',
    ...change,
  };
}

const client = pod('client', { address: '10.1.0.5' });
const server = pod('server', { address: '10.1.0.6' });
const foreign = pod('client', { address: '10.2.0.5' }, 'other');
const homeless = pod('server', { namespace: { name: undefined, labels: { known: {}, whole: false } } });
const outside: End = { kind: 'address', address: '203.0.113.9' };
const HTTP: Destination = { port: 8080, protocol: 'TCP' };

const policy = (spec: PolicySpec, namespace: string | undefined = 'mcp'): NetworkPolicy => ({ namespace, spec });
const app = (name: string): Selector => ({ matchLabels: { app: name } });
const from = (...peers: PolicyPeer[]) => policy({ podSelector: app('server'), ingress: [{ from: peers }] });
const onPorts = (...ports: PolicyPort[]) => policy({ podSelector: app('server'), ingress: [{ ports }] });
const block = (cidr: string, ...except: string[]): PolicyPeer => ({
  ipBlock: { cidr, ...(except.length > 0 && { except }) },
});

describe('isolation', () => {
  const deny = policy({ podSelector: {} });
  it.each<[string, NetworkPolicy[], End, End, boolean]>([
    ['no policy: everything', [], client, server, true],
    ['a policy without rules refuses', [deny], client, server, false],
    ['no podSelector selects every pod', [policy({})], client, server, false],
    ['from outside, too', [deny], outside, server, false],
    ['only pods of its namespace', [deny], server, foreign, true],
    ['only pods that it selects', [policy({ podSelector: app('server') })], server, client, true],
    [
      'a policy without a namespace may be where the pods are',
      [{ namespace: undefined, spec: {} }],
      client,
      server,
      false,
    ],
    ['pods without a namespace may be where a policy is', [deny], client, homeless, false],
    ['and be the pods of its namespace', [deny, from({ podSelector: {} })], homeless, server, true],
    ['a pod reaches itself', [policy({ policyTypes: ['Ingress', 'Egress'] })], server, server, true],
    [
      'an ingress policy does not hold back what its pods open',
      [policy({ podSelector: app('client') })],
      client,
      server,
      true,
    ],
    ['an egress policy does', [policy({ podSelector: app('client'), policyTypes: ['Egress'] })], client, server, false],
    [
      'an egress policy does not guard',
      [policy({ podSelector: app('server'), policyTypes: ['Egress'] })],
      client,
      server,
      true,
    ],
    ['nothing holds back what is no pod', [policy({ policyTypes: ['Egress'] })], outside, server, true],
    ['an empty rule opens', [deny, policy({ ingress: [{}] })], client, server, true],
    ['policies add up: one allows', [deny, from({ podSelector: app('client') })], client, server, true],
    ['in whatever order', [from({ podSelector: app('client') }), deny], client, server, true],
    [
      'rules add up',
      [policy({ ingress: [{ from: [block('192.0.2.0/24')] }, { from: [{ podSelector: {} }] }] })],
      client,
      server,
      true,
    ],
    [
      'both ends have to allow: out is closed',
      [from({ podSelector: {} }), policy({ podSelector: app('client'), policyTypes: ['Egress'] })],
      client,
      server,
      false,
    ],
    [
      'both ends have to allow: in is closed',
      [deny, policy({ podSelector: app('client'), policyTypes: ['Egress'], egress: [{}] })],
      client,
      server,
      false,
    ],
  ])('%s', (_, policies, one, other, expected) => {
    expect(allows(policies, one, other, HTTP)).toBe(expected);
  });
});

describe('policyTypes', () => {
  it.each<[PolicySpec, string[]]>([
    [{}, ['ingress']],
    [{ ingress: [] }, ['ingress']],
    [{ egress: [] }, ['ingress']],
    [{ egress: [{}] }, ['ingress', 'egress']],
    [{ policyTypes: [], egress: [{}] }, ['ingress', 'egress']],
    [{ policyTypes: ['Egress'] }, ['egress']],
    [{ policyTypes: ['Egress'], ingress: [{}] }, ['egress']],
    [{ policyTypes: ['Ingress'], egress: [{}] }, ['ingress']],
    [{ policyTypes: ['Egress', 'Ingress'] }, ['ingress', 'egress']],
  ])('%j is about %j', (spec, expected) => {
    expect(directionsOf(spec)).toEqual(expected);
  });
});

describe('peers of an ingress rule', () => {
  const named = (name: string): Selector => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
  it.each<[string, PolicyPeer[], End, boolean]>([
    ['an empty list is everybody', [], outside, true],
    ['podSelector: pods of the policy’s namespace', [{ podSelector: app('client') }], client, true],
    ['podSelector: not those of another', [{ podSelector: app('client') }], foreign, false],
    ['podSelector: not other pods', [{ podSelector: app('nobody') }], client, false],
    ['an empty podSelector: all of the namespace', [{ podSelector: {} }], client, true],
    ['an empty podSelector: nobody outside', [{ podSelector: {} }], outside, false],
    ['namespaceSelector: all pods of it', [{ namespaceSelector: named('other') }], foreign, true],
    ['namespaceSelector: not its own unless it fits', [{ namespaceSelector: named('other') }], client, false],
    ['an empty namespaceSelector: every pod', [{ namespaceSelector: {} }], foreign, true],
    ['an empty namespaceSelector: no address', [{ namespaceSelector: {} }], outside, false],
    ['both: both have to fit', [{ namespaceSelector: named('other'), podSelector: app('client') }], foreign, true],
    ['both: the wrong pod', [{ namespaceSelector: named('other'), podSelector: app('server') }], foreign, false],
    ['both: the wrong namespace', [{ namespaceSelector: named('other'), podSelector: app('client') }], client, false],
    ['two peers: one has to fit', [{ namespaceSelector: named('none') }, { podSelector: app('client') }], client, true],
    ['ipBlock: an address in it', [block('203.0.113.0/24')], outside, true],
    ['ipBlock: an address beside it', [block('203.0.114.0/24')], outside, false],
    ['ipBlock: a pod by its address', [block('10.1.0.0/16')], client, true],
    ['except', [block('203.0.113.0/24', '203.0.113.8/29')], outside, false],
    ['except another part', [block('203.0.113.0/24', '203.0.113.0/29')], outside, true],
    [
      'an excepted address that another peer has',
      [block('203.0.113.0/24', '203.0.113.8/29'), block('203.0.113.9/32')],
      outside,
      true,
    ],
    ['IPv4 and IPv6 are apart', [block('::/0')], outside, false],
  ])('%s', (_, peers, one, expected) => {
    expect(allows([from(...peers)], one, server, HTTP)).toBe(expected);
  });
});

describe('peers of an egress rule', () => {
  const to = (...peers: PolicyPeer[]) =>
    policy({ podSelector: app('client'), policyTypes: ['Egress'], egress: [{ to: peers }] });
  it.each<[string, PolicyPeer[], End, boolean]>([
    ['an empty list is everywhere', [], outside, true],
    ['podSelector', [{ podSelector: app('server') }], server, true],
    ['podSelector of another namespace', [{ podSelector: app('client') }], foreign, false],
    ['ipBlock', [block('0.0.0.0/0', '10.0.0.0/8')], outside, true],
    ['ipBlock with the pod excepted', [block('0.0.0.0/0', '10.0.0.0/8')], server, false],
  ])('%s', (_, peers, other, expected) => {
    expect(allows([to(...peers)], client, other, HTTP)).toBe(expected);
  });
});

describe('label selectors', () => {
  const selector = (operator: string, key: string, ...values: string[]): Selector => ({
    matchExpressions: [{ key, operator, values }],
  });
  it.each<[string, Selector, boolean]>([
    ['In', selector('In', 'app', 'x', 'client'), true],
    ['In, none of them', selector('In', 'app', 'x'), false],
    ['In, no such label', selector('In', 'tier', 'x'), false],
    ['NotIn', selector('NotIn', 'app', 'x'), true],
    ['NotIn, one of them', selector('NotIn', 'app', 'client'), false],
    ['NotIn takes what lacks the label', selector('NotIn', 'tier', 'x'), true],
    ['Exists', selector('Exists', 'app'), true],
    ['Exists, not', selector('Exists', 'tier'), false],
    ['DoesNotExist', selector('DoesNotExist', 'tier'), true],
    ['DoesNotExist, but it does', selector('DoesNotExist', 'app'), false],
    ['all parts have to fit', { matchLabels: { app: 'client' }, ...selector('Exists', 'tier') }, false],
    ['a word of every object is no label', { matchLabels: { constructor: 'x' } }, false],
  ])('%s', (_, podSelector, expected) => {
    expect(allows([from({ podSelector })], client, server, HTTP)).toBe(expected);
  });
});

describe('ports', () => {
  const UDP53: Destination = { port: 53, protocol: 'UDP' };
  const TCP53: Destination = { port: 53, protocol: 'TCP' };
  it.each<[string, PolicyPort[], Destination, boolean]>([
    ['an empty list is every port', [], { port: 1, protocol: 'SCTP' }, true],
    ['the number', [{ port: 8080 }], HTTP, true],
    ['another number', [{ port: 80 }], HTTP, false],
    ['one of several', [{ port: 80 }, { port: 8080 }], HTTP, true],
    ['TCP unless said', [{ port: 53 }], UDP53, false],
    ['the protocol', [{ port: 53, protocol: 'UDP' }], UDP53, true],
    ['the other protocol', [{ port: 53, protocol: 'UDP' }], TCP53, false],
    ['no number: every port of the protocol', [{ protocol: 'UDP' }], UDP53, true],
    ['no number: none of another', [{ protocol: 'UDP' }], TCP53, false],
    ['nothing said: every TCP port', [{}], HTTP, true],
    ['nothing said: no UDP', [{}], UDP53, false],
    ['a range: its first', [{ port: 8080, endPort: 8090 }], HTTP, true],
    ['a range: its last', [{ port: 8000, endPort: 8080 }], HTTP, true],
    ['a range: below', [{ port: 8081, endPort: 8090 }], HTTP, false],
    ['a range: above', [{ port: 8000, endPort: 8079 }], HTTP, false],
    ['a name', [{ port: 'http' }], HTTP, true],
    ['a name of another port', [{ port: 'http' }], { port: 8081, protocol: 'TCP' }, false],
    ['a name that is not there', [{ port: 'metrics' }], HTTP, false],
    ['a name with its protocol', [{ port: 'dns', protocol: 'UDP' }], UDP53, true],
    ['a name with the wrong one', [{ port: 'dns' }], TCP53, false],
  ])('%s', (_, ports, destination, expected) => {
    expect(allows([onPorts(...ports)], client, server, destination)).toBe(expected);
  });

  it('names of an egress rule are those of the pod that is reached', () => {
    const out = policy({ policyTypes: ['Egress'], egress: [{ ports: [{ port: 'http' }] }] });
    expect(allows([out], { ...client, ports: [] }, server, HTTP)).toBe(true);
    expect(allows([out], client, { ...server, ports: [] }, HTTP)).toBe(false);
    expect(allows([out], client, outside, HTTP)).toBe(false);
  });

  it('peers and ports of one rule have to fit together', () => {
    const two = policy({
      podSelector: app('server'),
      ingress: [
        { from: [{ podSelector: app('client') }], ports: [{ port: 1 }] },
        { from: [{ podSelector: app('nobody') }], ports: [{ port: 8080 }] },
      ],
    });
    expect(allows([two], client, server, HTTP)).toBe(false);
  });
});

describe('what is not known', () => {
  const blank = { ...client, labels: some({}) };
  const known = { ...client, labels: some({ app: 'client' }) };
  const { address, ...nowhere } = client;
  it.each<[string, NetworkPolicy, End, boolean | undefined]>([
    ['a label', from({ podSelector: app('client') }), blank, undefined],
    ['a label that is known', from({ podSelector: app('client') }), known, true],
    ['a label that is known to be another', from({ podSelector: app('x') }), known, false],
    [
      'a label that may not exist',
      from({ podSelector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }] } }),
      known,
      undefined,
    ],
    ['another part decides', from({ podSelector: { matchLabels: { app: 'x', tier: 'y' } } }), known, false],
    ['another peer decides', from({ podSelector: app('client') }, { podSelector: {} }), blank, true],
    ['no peer could be it', from({ podSelector: app('client') }, block('192.0.2.0/24')), outside, false],
    ['an address', from(block('10.1.0.0/16')), nowhere, undefined],
    ['an address, and everything', from(block('0.0.0.0/0')), nowhere, undefined],
    ['pods have private addresses', from(block('203.0.113.0/24')), nowhere, false],
    [
      'a block that excepts all private ranges',
      from(block('0.0.0.0/0', '10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16')),
      nowhere,
      false,
    ],
    [
      'a block that excepts but one',
      from(block('0.0.0.0/0', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16')),
      nowhere,
      undefined,
    ],
    ['a block that is none', from(block('10.1.0.0')), outside, undefined],
    ['an address that is none', from(block('10.1.0.0/16')), { kind: 'address', address: 'host' }, undefined],
    ['a peer that says nothing', from({}), client, undefined],
  ])('%s', (_, one, end, expected) => {
    expect(allows([one], end, server, HTTP)).toBe(expected);
  });

  it('ports of the pod', () => {
    expect(allows([onPorts({ port: 'http' })], client, { ...server, ports: undefined }, HTTP)).toBeUndefined();
  });

  it('whether a policy selects the pod: it may isolate, or allow more', () => {
    const hidden = { ...server, labels: some({}) };
    expect(allows([policy({ podSelector: app('server') })], client, hidden, HTTP)).toBeUndefined();
    expect(allows([policy({ podSelector: app('server'), ingress: [{}] })], client, hidden, HTTP)).toBe(true);
    const opens = policy({ podSelector: app('server'), ingress: [{}] });
    expect(allows([opens, policy({ podSelector: app('server') })], client, hidden, HTTP)).toBeUndefined();
    expect(allows([policy({ ingress: [{}] }), opens], client, hidden, HTTP)).toBe(true);
    const deny = policy({});
    expect(allows([deny, policy({ podSelector: app('server') })], client, hidden, HTTP)).toBe(false);
    expect(allows([deny, policy({ podSelector: app('server'), ingress: [{}] })], client, hidden, HTTP)).toBeUndefined();
  });
});
