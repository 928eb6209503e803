import { type Block, holds, parseBlock } from '../network/address.ts';
import { directionsOf, type IpBlock, type PolicyPort, type PolicyRule } from '../network/policy.ts';
import type { Fault } from './finding.ts';
import { policiesOf } from './network-view.ts';
import type { Rule } from './rule.ts';

const blocks = (...cidrs: string[]) => cidrs.flatMap((cidr) => parseBlock(cidr) ?? []);

/** Where clouds hand a machine's credentials to whoever asks, by HTTP. */
const METADATA = blocks('169.254.169.254/32', 'fd00:ec2::254/128');
/** RFC 1918 and 4193: the networks behind the cluster, and most often its own pods and nodes. */
const PRIVATE = blocks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7');

const openEgress: Rule = {
  id: 'network.open-egress',
  severity: 'warning',
  page: {
    title: 'egress to "the internet" opens private networks, too',
    why: '0.0.0.0/0, or a rule without `to`, is every address. At 169.254.169.254 most clouds give the credentials of the node to whoever asks, and the private ranges are the cluster itself and what is behind it. An MCP server does what a prompt makes it do. Where only private ranges are open, or the ports leave out the metadata’s, this is a note.',
    todo: [
      'ipBlock: cidr: 0.0.0.0/0, except: [10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16]',
      'for IPv6 cidr: ::/0, except: [fc00::/7, fe80::/10]',
      'a rule of its own for each private address that is really needed',
    ],
  },
  *check(objects) {
    for (const { object, spec } of policiesOf(objects)) {
      if (!directionsOf(spec).includes('egress')) continue;
      for (const [i, rule] of (spec.egress ?? []).entries()) {
        for (const found of openIn(rule, `/spec/egress/${i}`)) yield { ...found, object };
      }
    }
  },
};

function* openIn({ to = [], ports = [] }: PolicyRule, pointer: string): Iterable<Omit<Fault, 'object'>> {
  // DNS is asked for everywhere; that is all that such a rule is for.
  if (ports.length > 0 && ports.every(({ port, endPort }) => port === 53 && endPort === undefined)) return;
  const http = ports.length === 0 || ports.some(reachesHttp);
  if (to.length === 0) {
    const what = http ? 'also the cloud’s metadata (169.254.169.254) and private ranges' : 'also private ranges';
    yield { pointer, message: `egress to everywhere: ${what}`, ...(!http && { severity: 'info' }) };
  }
  for (const [j, { ipBlock }] of to.entries()) {
    const opened = ipBlock && openedBy(ipBlock);
    if (!opened) continue;
    const metadata = http && opened.metadata;
    if (!metadata && !opened.ranges) continue;
    const what = [
      ...(metadata ? ['the cloud’s metadata (169.254.169.254)'] : []),
      ...(opened.ranges ? ['private ranges'] : []),
    ];
    yield {
      pointer: `${pointer}/to/${j}/ipBlock`,
      message: `egress to ${ipBlock.cidr}: also to ${what.join(' and ')}`,
      ...(!metadata && { severity: 'info' }),
    };
  }
}

function reachesHttp({ protocol = 'TCP', port, endPort }: PolicyPort): boolean {
  if (protocol !== 'TCP') return false;
  return port === undefined || (typeof port === 'number' && port <= 80 && 80 <= (endPort ?? port));
}

/** What a wide block takes in besides; a block that lies in such a range itself is meant. */
function openedBy({ cidr, except = [] }: IpBlock): { metadata: boolean; ranges: boolean } | undefined {
  const block = parseBlock(cidr);
  if (!block) return undefined;
  const excepts = blocks(...except);
  const opens = (range: Block) =>
    block.prefix < range.prefix && holds(block, range) && !excepts.some((one) => holds(one, range));
  const meant =
    PRIVATE.some((range) => holds(range, block)) || blocks('169.254.0.0/16').some((range) => holds(range, block));
  return meant ? undefined : { metadata: METADATA.some(opens), ranges: PRIVATE.some(opens) };
}

export const networkEgressRules: readonly Rule[] = [openEgress];
