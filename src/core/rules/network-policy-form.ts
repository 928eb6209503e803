import { holds, parseBlock } from '../network/address.ts';
import type { PolicyPeer, PolicyPort } from '../network/policy.ts';
import type { Fault } from './finding.ts';
import { policiesOf } from './network-view.ts';
import type { Rule } from './rule.ts';

/** What the API server refuses of a NetworkPolicy. Source: pkg/apis/networking/validation of Kubernetes v1.35. */

type Found = Omit<Fault, 'object'>;

interface Lists {
  peers: { pointer: string; peer: PolicyPeer }[];
  ports: { pointer: string; port: PolicyPort }[];
}

/** A rule about the peers and ports of each policy. */
function formRule(rule: Omit<Rule, 'check' | 'severity'>, check: (lists: Lists) => Iterable<Found>): Rule {
  return {
    ...rule,
    severity: 'error',
    *check(objects) {
      for (const { object, spec } of policiesOf(objects)) {
        const lists: Lists = { peers: [], ports: [] };
        for (const direction of ['ingress', 'egress'] as const) {
          const key = direction === 'ingress' ? 'from' : 'to';
          for (const [i, one] of (spec[direction] ?? []).entries()) {
            const at = `/spec/${direction}/${i}`;
            for (const [j, peer] of (one[key] ?? []).entries())
              lists.peers.push({ pointer: `${at}/${key}/${j}`, peer });
            for (const [j, port] of (one.ports ?? []).entries())
              lists.ports.push({ pointer: `${at}/ports/${j}`, port });
          }
        }
        for (const found of check(lists)) yield { ...found, object };
      }
    },
  };
}

const blockExcept = formRule(
  {
    id: 'network.block-except',
    page: {
      title: 'an exception that is no part of its block',
      why: 'What is not in the block needs no exception, and a block that is its own exception is nothing: the API server refuses both (must be a strict subset of cidr).',
      todo: ['an except that lies in the cidr and is smaller', 'or correct the cidr'],
    },
  },
  function* ({ peers }) {
    for (const { pointer, peer } of peers) {
      const { cidr, except = [] } = peer.ipBlock ?? {};
      const block = cidr === undefined ? undefined : parseBlock(cidr);
      for (const [i, text] of (block ? except : []).entries()) {
        const inner = parseBlock(text);
        if (!block || !inner) continue;
        const inside = holds(block, inner);
        if (inside && inner.prefix > block.prefix) continue;
        const message = inside ? `except ${text} is all of ${cidr}` : `except ${text} does not lie in ${cidr}`;
        yield { pointer: `${pointer}/ipBlock/except/${i}`, message };
      }
    }
  },
);

const portRange = formRule(
  {
    id: 'network.port-range',
    page: {
      title: 'a range of ports that is none',
      why: 'endPort is the last port of a range that begins with port, a number. The API server refuses an endPort below it, and one beside a name or without port.',
      todo: ['port: FIRST, endPort: LAST'],
    },
  },
  function* ({ ports }) {
    for (const { pointer, port } of ports) {
      const { port: first, endPort } = port;
      if (endPort === undefined || (typeof first === 'number' && first <= endPort)) continue;
      const message =
        first === undefined
          ? `endPort ${endPort} without port`
          : typeof first === 'string'
            ? `endPort ${endPort} beside port ${first}, which is a name`
            : `endPort ${endPort} is below port ${first}`;
      yield { pointer: `${pointer}/endPort`, message };
    }
  },
);

const peer = formRule(
  {
    id: 'network.peer',
    page: {
      title: 'a peer that says nothing, or two things at once',
      why: 'A peer is either an ipBlock, or pods (podSelector, namespaceSelector, or both). The API server refuses an empty one, and an ipBlock beside a selector. Everybody is not an empty peer, but no list of peers.',
      todo: [
        'everybody: remove from, or to',
        'all pods of the namespace: podSelector: {}; of every namespace: namespaceSelector: {}',
        'addresses and pods: two peers in the list',
      ],
    },
  },
  function* ({ peers }) {
    for (const { pointer, peer } of peers) {
      const said = Object.keys(peer);
      if (said.length === 0) yield { pointer, message: 'an empty peer: it says nobody' };
      if (peer.ipBlock && said.length > 1) {
        const others = said.filter((key) => key !== 'ipBlock').join(' and ');
        yield { pointer, message: `ipBlock and ${others} in one peer` };
      }
    }
  },
);

export const networkPolicyFormRules: readonly Rule[] = [blockExcept, portRange, peer];
