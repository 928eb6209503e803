import { names } from '../app/app.ts';
import type { ParsedConfig } from '../config/parse.ts';
import { pointerToken } from '../config/pointer.ts';
import type { ManifestObject } from '../manifests/object.ts';
import type { KubeObject } from '../rules/finding.ts';
import { serverNameOf } from '../rules/mcp-app.ts';
import type { Edit } from '../yaml/edit.ts';

/** Which key of a server decides a part of its objects; the first that fits. */
const SERVER_KEYS: readonly [RegExp, string][] = [
  [/\/initContainers\//, '/bridge'],
  [/\/containers\/\d+\/image/, 'image'],
  [/\/containers\/\d+\/(command|args)/, 'command'],
  [/\/containers\/\d+\/env/, 'env'],
  [/\/containers\/\d+\/resources/, 'resources'],
  [/\/(securityContext|hostUsers)/, 'security'],
  [/\/volumes|\/volumeMounts|^\/spec\/resources/, 'volumes'],
  [/^\/spec\/egress/, 'egress'],
];
const GATEWAY_KEYS: readonly [RegExp, string][] = [
  [/\/containers\/\d+\/image/, 'image'],
  [/\/containers\/\d+\/resources/, 'resources'],
  [/\/secretKeyRef|\/volumes/, 'auth'],
];

/** An object of the app, whose places are those of the config keys that made it what it is. */
export function configObject(object: ManifestObject, parsed: ParsedConfig): KubeObject {
  const own: KubeObject = {
    apiVersion: object.apiVersion,
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    data: object as unknown as Record<string, unknown>,
    origin: {
      file: parsed.file,
      locate: (pointer) => parsed.locate(configPointer(own, pointer)),
      editable: false,
    },
  };
  return own;
}

/** Pointer in mcpk.yaml of what decides this part of an object. It need not be there: then a default decided. */
export function configPointer(object: KubeObject, pointer: string): string {
  const server = serverNameOf(object);
  if (server !== undefined) {
    const key = keyFor(SERVER_KEYS, pointer);
    if (key?.startsWith('/')) return key;
    return `/servers/${pointerToken(server)}${key ? `/${key}` : ''}`;
  }
  if (object.name === names.gateway) {
    const key = keyFor(GATEWAY_KEYS, pointer);
    return `/gateway${key ? `/${key}` : ''}`;
  }
  return object.kind === 'Namespace' ? '/namespace' : '';
}

function keyFor(keys: readonly [RegExp, string][], pointer: string): string | undefined {
  return keys.find(([part]) => part.test(pointer))?.[1];
}

/** Parts of a container that one key of the config decides alone, and that key. */
const DECIDED: readonly [RegExp, string][] = [
  [/\/containers\/\d+\/image$/, ''],
  [/\/containers\/\d+\/securityContext\/runAsUser$/, '/runAsUser'],
  [/\/containers\/\d+\/securityContext\/runAsGroup$/, '/runAsGroup'],
];

/** The same change as edits of mcpk.yaml; none where a part of it is no key there. */
export function configEdits(object: KubeObject, edits: readonly Edit[]): Edit[] {
  const own = edits.map((edit): Edit | undefined => {
    const decided = DECIDED.find(([part]) => part.test(edit.pointer));
    return decided && edit.op === 'set'
      ? { ...edit, pointer: configPointer(object, edit.pointer) + decided[1] }
      : undefined;
  });
  return own.every((edit) => edit !== undefined) ? own : [];
}
