/**
 * Names that stay unique when servers are put together: those that occur once stay as they are, the others get their
 * server's name in front. https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names
 */
import { createHash } from 'node:crypto';

const MAX_NAME = 128;
const HASH_LENGTH = 8;

export type Qualify = (server: string, key: string) => string;

/** For tools and prompts. A name that would be too long is cut, with a hash that tells it from others cut like it. */
export const qualifyName: Qualify = (server, key) => {
  const name = `${server}__${key}`;
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, MAX_NAME - HASH_LENGTH - 1)}-${hash}`;
};

/** For resources and their templates: still a URI, of a scheme of its own. */
export const qualifyUri: Qualify = (server, key) => `mcp-${server}+${key}`;

/** The server's name and its own URI, if the URI is one of `qualifyUri`'s for one of these servers. */
export function unqualifyUri(uri: string, servers: string[]): { server: string; uri: string } | undefined {
  const server = servers.find((name) => uri.startsWith(qualifyUri(name, '')));
  return server === undefined ? undefined : { server, uri: uri.slice(qualifyUri(server, '').length) };
}

export interface Offer {
  server: string;
  key: string;
}

/** The name of each offer, in order; undefined for one that its own server lists a second time. */
export function exposedNames(
  offers: Offer[],
  qualify: Qualify,
  prefix: 'collisions' | 'always',
): Array<string | undefined> {
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { key } of offers) count(key);
  // A tool that is called like another one's prefixed name collides with it.
  for (const { server, key } of offers) if (counts.get(key) !== 1) count(qualify(server, key));
  const taken = new Set<string>();
  return offers.map(({ server, key }) => {
    const name = prefix === 'always' || counts.get(key) !== 1 ? qualify(server, key) : key;
    if (taken.has(name)) return undefined;
    taken.add(name);
    return name;
  });
}
