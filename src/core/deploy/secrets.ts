import type { App } from '../app/app.ts';

/** A key of a Secret that servers need. */
export interface NeededSecret {
  name: string;
  key: string;
  /** Names of the servers that read it. */
  servers: string[];
}

/** Every Secret key that the app's servers refer to, once. */
export function neededSecrets(app: App): NeededSecret[] {
  const needed = new Map<string, NeededSecret>();
  for (const server of app.servers) {
    for (const { from } of server.secrets) {
      const id = `${from.name}/${from.key}`;
      const entry = needed.get(id) ?? { ...from, servers: [] };
      if (!entry.servers.includes(server.name)) entry.servers.push(server.name);
      needed.set(id, entry);
    }
  }
  return [...needed.values()];
}

/** What is there: the keys of each Secret that exists. */
export type SecretKeys = ReadonlyMap<string, ReadonlySet<string>>;

export function missingSecrets(needed: readonly NeededSecret[], there: SecretKeys): NeededSecret[] {
  return needed.filter(({ name, key }) => !there.get(name)?.has(key));
}

/** All that is missing, at once, with the commands that create it. Values go in by stdin: arguments are seen by `ps`. */
export function explainMissing(
  missing: readonly NeededSecret[],
  there: SecretKeys,
  namespace: string,
): { message: string; suggestions: string[] } {
  const lines = missing.map(({ name, key, servers }) => {
    const what = there.has(name) ? `Secret ${name} has no key "${key}"` : `there is no Secret ${name} (key "${key}")`;
    return `  ${what}, for ${servers.join(', ')}`;
  });
  return {
    message: [`secrets are missing in namespace ${namespace}:`, ...lines].join('\n'),
    suggestions: commands(missing, there, namespace),
  };
}

function commands(missing: readonly NeededSecret[], there: SecretKeys, namespace: string): string[] {
  const byName = new Map<string, string[]>();
  for (const { name, key } of missing) byName.set(name, [...(byName.get(name) ?? []), key]);
  return [...byName].map(([name, keys]) => {
    const [first, ...rest] = keys;
    // Only one key can come from stdin; the others come from files.
    const sources = [`--from-file=${first}=/dev/stdin`, ...rest.map((key) => `--from-file=${key}=FILE`)].join(' ');
    const create = `kubectl -n ${namespace} create secret generic ${name} ${sources}`;
    if (!there.has(name)) return `${create}   # paste the value without a newline, then Ctrl-D twice`;
    return `${create} --dry-run=client -o yaml | kubectl apply --server-side --field-manager=secrets -f -   # adds the key`;
  });
}
