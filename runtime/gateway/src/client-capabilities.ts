/** What a client can do for a server. */
import { members } from './json-text.ts';

/** Passed on to servers, in this order, so that equal clients look equal. Others need methods that are not relayed. */
const RELAYED = ['roots', 'sampling', 'elicitation', 'extensions'];

const NEEDED: Record<string, string> = {
  'roots/list': 'roots',
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
};

/** The raw capabilities that servers are told, out of the raw ones of a client. */
export function relayedCapabilities(raw: string | undefined): string {
  if (!raw?.startsWith('{')) return '{}';
  const all = members(raw);
  const kept = RELAYED.flatMap((key) => (all.has(key) ? [`${JSON.stringify(key)}:${all.get(key)}`] : []));
  return `{${kept.join(',')}}`;
}

/** True if a client with these relayed capabilities can be asked by that method. */
export function canAnswer(capabilities: string, method: string): boolean {
  const needed = NEEDED[method];
  return needed !== undefined && members(capabilities).has(needed);
}

/** True if a server might ask such a client anything at all. */
export function canBeAsked(capabilities: string): boolean {
  return Object.keys(NEEDED).some((method) => canAnswer(capabilities, method));
}
