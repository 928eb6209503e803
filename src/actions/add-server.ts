import { readFileIfThere, writeFileAtomically } from '../adapters/files.ts';
import type { AddServerResult } from '../contract.ts';
import { resolveApp } from '../core/app/resolve.ts';
import { addServers } from '../core/config/edit.ts';
import { parseConfig } from '../core/config/parse.ts';
import type { Catalog, CatalogEntry, Config, ServerConfig } from '../core/config/schema.ts';
import { shellWords } from '../core/config/shell-words.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { UsageError } from '../errors.ts';
import { describeServer } from './describe-server.ts';
import { imageVerdicts, type VerdictOptions } from './image-verdicts.ts';
import { loadConfig } from './load-app.ts';

export interface AddServerOptions {
  cwd: string;
  config?: string | undefined;
  names: string[];
  image?: string | undefined;
  /** One line, split into words as a shell does. */
  command?: string | undefined;
  version: string;
  images: VerdictOptions;
}

/** Adds servers to the config file: all or none. @throws UsageError */
export async function addServer(options: AddServerOptions): Promise<AddServerResult> {
  const { parsed, catalog, path } = await loadConfig(options);
  const { names } = options;
  if (names.length > 1 && (options.image || options.command)) {
    throw new UsageError('usage.invalid', '--image and --command describe one server', {
      suggestions: ['add the servers one by one'],
    });
  }
  const there = names.filter((name) => Object.hasOwn(parsed.config.servers, name));
  if (there.length > 0) {
    throw new UsageError('config.server-exists', `${parsed.file} already has ${there.join(', ')}; it was not changed`, {
      suggestions: [`edit it in ${parsed.file}`, `mcpk remove-server ${there.join(' ')}`],
    });
  }
  const before = new TextDecoder().decode(await readFileIfThere(path));
  const added = Object.fromEntries(names.map((name) => [name, newServer(name, options, catalog)]));
  const first = edited(before, added, parsed.file);
  const app = resolveApp({ config: first.config, catalog, version: options.version });
  const servers = app.ok ? app.app.servers.filter(({ name }) => names.includes(name)) : [];
  const images = await imageVerdicts(servers, options.images);
  // What works is written down, so that the pod runs at once.
  for (const { server, verdict, works } of images) {
    const best = verdict === 'fails' ? works[0] : undefined;
    if (best) added[server] = { ...added[server], security: best };
  }
  const { text, config } = edited(before, added, parsed.file);
  await writeFileAtomically(path, text);
  return {
    file: parsed.file,
    added: names.map((name) => describeServer(name, added[name] ?? {}, catalog)),
    images,
    nextSteps: names.flatMap((name) => nextSteps(name, catalog[name], config.namespace ?? config.name)),
  };
}

function edited(before: string, added: Record<string, ServerConfig>, file: string): { text: string; config: Config } {
  const text = addServers(before, added);
  const after = parseConfig(new TextEncoder().encode(text), file);
  if (after.ok) return { text, config: after.value.config };
  throw new UsageError('config.invalid', `nothing was added to ${file}`, { problems: after.problems });
}

/** The config of a server that comes from the catalog alone. @throws UsageError where the catalog is not enough */
export function catalogServer(name: string, catalog: Catalog): ServerConfig {
  const entry = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
  if (!entry) {
    const near = didYouMean(name, Object.keys(catalog));
    throw new UsageError('config.unknown-server', `the catalog has no server "${name}"`, {
      suggestions: [
        ...near.map((candidate) => `did you mean ${candidate}?`),
        `mcpk add-server ${name} --image IMAGE --command "PROGRAM ARGUMENTS" adds one that is not in the catalog`,
        'mcpk list --catalog shows what is',
      ],
    });
  }
  if (!entry.image) {
    throw new UsageError('config.no-image', `no public image of ${name} is known`, {
      suggestions: [
        `build one and name it: mcpk add-server ${name} --image registry.example.com/${name}:TAG`,
        `its source: ${entry.source}`,
      ],
    });
  }
  return secretsOf(entry);
}

function newServer(name: string, options: AddServerOptions, catalog: Catalog): ServerConfig {
  const { image } = options;
  const command = options.command === undefined ? undefined : splitCommand(options.command);
  const entry = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
  if (!image && !entry) return catalogServer(name, catalog);
  if (image && !command && !entry) {
    throw new UsageError('config.no-command', `${name} is not in the catalog: its command line is needed too`, {
      suggestions: [
        `mcpk add-server ${name} --image ${image} --command "PROGRAM ARGUMENTS"`,
        'the bridge replaces the ENTRYPOINT of the image, so nothing can be left implied',
      ],
    });
  }
  const base = image ? secretsOf(entry) : catalogServer(name, catalog);
  return { ...(image && { image }), ...(command && { command }), ...base };
}

function splitCommand(line: string): string[] {
  const words = shellWords(line);
  if (words && words.length > 0) return words;
  throw new UsageError(
    'usage.invalid',
    `--command ${JSON.stringify(line)} ${words ? 'is empty' : 'leaves a quote open'}`,
  );
}

/** Secret references are written out, so that one sees what has to exist. */
function secretsOf(entry: CatalogEntry | undefined): ServerConfig {
  return entry?.secrets ? { secrets: entry.secrets.map(({ env, from }) => ({ env, from })) } : {};
}

function nextSteps(name: string, entry: CatalogEntry | undefined, namespace: string): string[] {
  return (entry?.secrets ?? []).map(
    ({ from, description }) =>
      `${name} needs the Secret ${from.name} with the key ${from.key} (${description}): ` +
      `kubectl -n ${namespace} create secret generic ${from.name} --from-file=${from.key}=FILE`,
  );
}
