import fc from 'fast-check';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { kindEntry } from '../../../src/core/schemas/table.ts';
import { catalogFromTemplates } from '../catalog.ts';
import { appOf } from '../config.ts';
import { type CorpusObject, objectsOfAllKinds } from './kinds.ts';
import { mutantsOf, thinned } from './mutate.ts';

export interface CorpusEntry {
  /** What it is: `rendered Deployment mcp-gateway`, or the change and the field. */
  name: string;
  object: CorpusObject;
  from: 'kinds' | 'rendered' | 'changed' | 'thinned';
}

const RICH_CONFIG = `apiVersion: mcpk/v1
name: corpus
namespace: corpus
servers:
  notes:
    image: registry.example.com/notes:1
    command: [node, server.js]
    env: { LEVEL: debug, PORT: '80' }
    secrets: [{ env: TOKEN, from: { name: notes, key: token } }]
    volumes: [{ name: data, mountPath: /data, size: 1Gi }]
    egress: [{ cidr: 10.0.0.0/8, port: 443 }]
    security: { runAsUser: 1000, runAsGroup: 1000 }
  other: { image: 'registry.example.com/other:1', command: [serve] }
`;

const DOCKER_CONFIG = `apiVersion: mcpk/v1
name: docker
gateway: { engine: docker }
bridge: { engine: docker }
servers: { other: { image: 'registry.example.com/other:1', command: [serve] } }
`;

/** Objects that mcpk itself renders: of every server of the catalog, and of configs that use much of what there is. */
export function renderedObjects(): CorpusObject[] {
  const catalog = Object.entries(catalogFromTemplates()).map(
    ([name, { image }]) => `  ${name}: ${image === null ? '{ image: registry.example.com/it:1 }' : '{}'}`,
  );
  const all = `apiVersion: mcpk/v1\nname: all\nservers:\n${catalog.join('\n')}\n`;
  const objects = [all, RICH_CONFIG, DOCKER_CONFIG].flatMap((text) => buildObjects(appOf(text)));
  // The corpus is judged in a namespace that is there.
  return objects.map(({ metadata: { namespace: _, ...metadata }, ...object }) => ({ ...object, metadata }));
}

/** The type of an object's kind in the type table. */
export function typeOf({ apiVersion, kind }: CorpusObject): string {
  const entry = kindEntry(apiVersion, kind);
  if (!entry) throw new Error(`no schema for ${apiVersion} ${kind}`);
  return entry.type;
}

/** Objects, valid and not. @param thin how many with some fields left out at random, by the seed */
export function corpus(options: { thin: number; seed: number }): CorpusEntry[] {
  const kinds = objectsOfAllKinds();
  const rendered = renderedObjects();
  const label = ({ kind, metadata }: CorpusObject) => `${kind} ${metadata.name}`;
  const picks = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 4 });
  const thin = fc.sample(fc.tuple(fc.constantFrom(...kinds, ...rendered), picks), {
    numRuns: options.thin,
    seed: options.seed,
  });
  return [
    ...kinds.map((object): CorpusEntry => ({ name: label(object), object, from: 'kinds' })),
    ...rendered.map((object): CorpusEntry => ({ name: `rendered ${label(object)}`, object, from: 'rendered' })),
    ...mutantsOf([...kinds, ...rendered], typeOf).map(
      ({ name, object }): CorpusEntry => ({ name, object, from: 'changed' }),
    ),
    ...thin.map(
      ([object, at]): CorpusEntry => ({
        name: `${label(object)} without some`,
        object: thinned(object, typeOf(object), at),
        from: 'thinned',
      }),
    ),
  ];
}
