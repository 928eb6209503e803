import { join, resolve } from 'node:path';
import { readFolder, removeFile, writeFileAtomically } from '../adapters/files.ts';
import type { ObjectRef, RenderResult } from '../contract.ts';
import type { ManifestObject } from '../core/manifests/object.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import { toYaml, toYamlDocuments } from '../core/manifests/yaml.ts';
import { UsageError } from '../errors.ts';
import { shownPath } from './config-path.ts';
import { type LoadOptions, loadApp } from './load-app.ts';

/** First line of every written file: how mcpk knows its own files again. */
const MARK = '# Written by mcpk render. Changes are lost at the next run; edit mcpk.yaml instead.\n';

/** The app's manifests: as YAML documents, or with `output` as one file an object in that folder. @throws UsageError */
export async function render(
  options: LoadOptions & { version: string; output?: string | undefined },
): Promise<RenderResult> {
  const { app } = await loadApp(options);
  const objects = buildObjects(app);
  const result = { app: app.name, namespace: app.namespace, objects: objects.map(objectRef) };
  if (options.output === undefined) return { ...result, manifests: toYamlDocuments(objects) };
  const folder = resolve(options.cwd, options.output);
  const files = new Map(objects.map((object, i) => [fileName(object, i), MARK + toYaml(object)]));
  await checkFolder(folder, files.keys());
  for (const [name, text] of files) await writeFileAtomically(join(folder, name), text);
  for (const name of await ownFiles(folder)) {
    if (!files.has(name)) await removeFile(join(folder, name));
  }
  return { ...result, files: [...files.keys()].map((name) => shownPath(options.cwd, join(folder, name))) };
}

function objectRef({ kind, metadata }: ManifestObject): ObjectRef {
  return { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

/** Numbered, so that `kubectl apply -f FOLDER` keeps the order. */
function fileName({ kind, metadata }: ManifestObject, index: number): string {
  return `${String(index).padStart(3, '0')}-${kind.toLowerCase()}-${metadata.name}.yaml`;
}

/** Refuses to write over files of others. */
async function checkFolder(folder: string, wanted: Iterable<string>): Promise<void> {
  const own = new Set(await ownFiles(folder));
  const there = new Set((await readFolder(folder)).map(({ name }) => name));
  const foreign = [...wanted].filter((name) => there.has(name) && !own.has(name));
  if (foreign.length > 0) {
    throw new UsageError(
      'render.foreign-file',
      `${folder} holds ${foreign.join(', ')}, not written by mcpk; nothing was changed`,
      {
        suggestions: ['choose another folder with --output'],
      },
    );
  }
}

async function ownFiles(folder: string): Promise<string[]> {
  return (await readFolder(folder))
    .filter(({ name, text }) => name.endsWith('.yaml') && text.startsWith(MARK))
    .map(({ name }) => name);
}
