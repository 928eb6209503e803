import type { ManifestObject } from '../manifests/object.ts';
import { toYaml } from '../manifests/yaml.ts';
import type { LiveObject } from './live.ts';
import { deeplyMasked, masked } from './mask.ts';
import type { EventPortrait } from './portrait.ts';

/** How mcpk knows its own bundles again. */
export const BUNDLE_MARK = 'mcpk-bundle.json';

export interface BundleParts {
  where: { app: string; namespace: string; context: string };
  version: string;
  /** RFC 3339. */
  now: string;
  summary: string;
  result: unknown;
  wanted: readonly ManifestObject[];
  live: readonly LiveObject[];
  events: readonly EventPortrait[];
  logs: readonly { server: string; pod: string; container: string; previous: boolean; lines: readonly string[] }[];
}

/**
 * The files of a bundle by their paths: everything that was seen of an app, to be read elsewhere.
 * @param mask hides secrets in text; values of Secrets and what looks like one are masked in any case
 */
export function bundleFiles(parts: BundleParts, mask: (text: string) => string): Map<string, string> {
  const { where, version, now, summary, result, wanted, live, events, logs } = parts;
  const files = new Map([
    [BUNDLE_MARK, json({ ...where, mcpk: version, created: now })],
    ['summary.txt', mask(summary)],
    ['diagnosis.json', json(deeplyMasked(result, mask))],
    ['events.txt', mask(events.map(eventLine).join(''))],
  ]);
  for (const object of wanted) files.set(`wanted/${fileName(object)}`, yaml(object, mask));
  for (const object of live) files.set(`live/${fileName(object)}`, yaml(withoutNoise(object), mask));
  for (const { server, pod, container, previous, lines } of logs) {
    const name = `logs/${server}/${pod}.${container}${previous ? '.previous' : ''}.log`;
    files.set(name, mask(`${lines.join('\n')}\n`));
  }
  return files;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function yaml(object: object, mask: (text: string) => string): string {
  return toYaml(deeplyMasked(masked(object), mask));
}

function fileName({ kind, metadata }: { kind: string; metadata: { name: string } }): string {
  return `${kind.toLowerCase()}-${metadata.name}.yaml`;
}

/** kubectl keeps a whole former object in an annotation, with its secrets. */
function withoutNoise({ metadata, ...rest }: LiveObject): object {
  const { managedFields: _managedFields, annotations = {}, ...kept } = metadata;
  const { 'kubectl.kubernetes.io/last-applied-configuration': _lastApplied, ...own } = annotations;
  return { ...rest, metadata: { ...kept, ...(Object.keys(own).length > 0 && { annotations: own }) } };
}

function eventLine({ type, reason, object, message, count, ageSeconds }: EventPortrait): string {
  return `${ageSeconds}s ago  ${type}  ${object}  ${reason}${count > 1 ? ` (${count} times)` : ''}: ${message}\n`;
}
