import { readFileIfThere, writeFileAtomically } from '../adapters/files.ts';
import type { RemoveServerResult } from '../contract.ts';
import { removeServers } from '../core/config/edit.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { UsageError } from '../errors.ts';
import { loadConfig } from './load-app.ts';

/** Removes servers from the config file: all or none. The cluster is not touched. @throws UsageError */
export async function removeServer(options: {
  cwd: string;
  config?: string | undefined;
  names: string[];
}): Promise<RemoveServerResult> {
  const { parsed, path } = await loadConfig(options);
  const known = Object.keys(parsed.config.servers);
  const unknown = options.names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(
      'config.unknown-server',
      `${parsed.file} has no server ${unknown.map((name) => `"${name}"`).join(', ')}; it was not changed`,
      {
        suggestions: unknown
          .flatMap((name) => didYouMean(name, known).map((near) => `did you mean ${near}?`))
          .concat(`it has ${known.join(', ') || 'none'}`),
      },
    );
  }
  const text = new TextDecoder().decode(await readFileIfThere(path));
  await writeFileAtomically(path, removeServers(text, options.names));
  return { file: parsed.file, removed: options.names };
}
