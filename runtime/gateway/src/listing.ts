/** What a server offers, page by page. */
import type { Connection } from './connection.ts';
import { OWN_ENVELOPE } from './envelope.ts';
import { elements, members } from './json-text.ts';
import { ErrorCode, isObject, RpcError } from './jsonrpc.ts';

export const KINDS = ['tools', 'prompts', 'resources', 'templates'] as const;
export type Kind = (typeof KINDS)[number];

export interface Item {
  /** What clients call it by: a name, a URI or a URI template. */
  key: string;
  /** The raw JSON as the server listed it. */
  raw: string;
}

export type Features = Record<Kind, Item[]>;

export const NO_FEATURES: Features = { tools: [], prompts: [], resources: [], templates: [] };

/** How each kind is listed: method, capability, member of the result, member that is the key. */
export const LISTS = {
  tools: { method: 'tools/list', capability: 'tools', member: 'tools', key: 'name' },
  prompts: { method: 'prompts/list', capability: 'prompts', member: 'prompts', key: 'name' },
  resources: { method: 'resources/list', capability: 'resources', member: 'resources', key: 'uri' },
  templates: {
    method: 'resources/templates/list',
    capability: 'resources',
    member: 'resourceTemplates',
    key: 'uriTemplate',
  },
} as const;

/** A list that does not end is a bug of the server, seen in the wild as a cursor that is ignored. */
const MAX_PAGES = 1000;
const MAX_ITEMS = 100_000;

/** Every kind that the server declares. Rejects if one cannot be listed. */
export async function listAll(connection: Connection, timeoutMs: number): Promise<Features> {
  const features = { ...NO_FEATURES };
  // One after the other: a server that is just starting has enough to do.
  for (const kind of KINDS) features[kind] = await listKind(connection, kind, timeoutMs);
  return features;
}

export async function listKind(connection: Connection, kind: Kind, timeoutMs: number): Promise<Item[]> {
  const { capability, method } = LISTS[kind];
  if (!isObject(connection.capabilities[capability])) return [];
  try {
    return await allPages(connection, kind, timeoutMs);
  } catch (error) {
    // Servers declare resources and know nothing of templates.
    if (kind === 'templates' && error instanceof RpcError && error.code === ErrorCode.methodNotFound) return [];
    throw new Error(`calling "${method}": ${(error as Error).message}`);
  }
}

async function allPages(connection: Connection, kind: Kind, timeoutMs: number): Promise<Item[]> {
  const items: Item[] = [];
  const seen = new Set<string>();
  const meta = connection.era === 'modern' ? `"_meta":${OWN_ENVELOPE}` : '';
  let params = meta === '' ? undefined : `{${meta}}`;
  for (;;) {
    const page = members(await connection.call(LISTS[kind].method, params, { timeoutMs }));
    items.push(...readItems(page.get(LISTS[kind].member), kind));
    // An empty string is a cursor too.
    const cursor = page.get('nextCursor');
    if (cursor === undefined || cursor === 'null') return items;
    if (seen.has(cursor) || seen.size >= MAX_PAGES || items.length > MAX_ITEMS) throw new Error('the pages do not end');
    seen.add(cursor);
    params = `{"cursor":${cursor}${meta === '' ? '' : `,${meta}`}}`;
  }
}

function readItems(raw: string | undefined, kind: Kind): Item[] {
  const { key, member } = LISTS[kind];
  if (!raw?.startsWith('[')) throw new Error(`the answer has no list "${member}"`);
  return elements(raw).flatMap((text) => {
    const item: unknown = JSON.parse(text);
    const value = isObject(item) ? item[key] : undefined;
    return typeof value === 'string' ? [{ key: value, raw: text }] : [];
  });
}
