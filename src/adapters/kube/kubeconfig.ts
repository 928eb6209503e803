import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { didYouMean } from '../../core/did-you-mean.ts';
import { EnvironmentError } from '../../errors.ts';
import type { ConnectOptions } from './connection.ts';

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * The kubeconfig that kubectl would read, with the wanted context made current. client-node's own default loading is
 * not used: without a file it silently turns to http://localhost:8080.
 */
export async function loadKubeConfig(options: ConnectOptions): Promise<KubeConfig> {
  const files = await readFiles(options);
  const { KubeConfig: Config } = await import('@kubernetes/client-node');
  const config = new Config();
  if (files.length === 0) config.loadFromCluster();
  for (const file of files) merge(config, parse(new Config(), file));
  chooseContext(
    config,
    options.context,
    files.map(({ path }) => path),
  );
  return config;
}

interface KubeconfigFile {
  path: string;
  text: string;
}

/** Empty where there is no file and the process runs in a pod with a service account. */
async function readFiles(options: ConnectOptions): Promise<KubeconfigFile[]> {
  const { paths, source } = candidates(options);
  const files: KubeconfigFile[] = [];
  const missing: string[] = [];
  for (const path of paths) {
    try {
      files.push({ path, text: await readFile(path, 'utf8') });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unreadable(path, error);
      missing.push(path);
    }
  }
  if (files.length > 0) return files;
  if (source === 'default' && options.env['KUBERNETES_SERVICE_HOST'] && existsSync(SERVICE_ACCOUNT_TOKEN)) return [];
  throw noKubeconfig(source, missing);
}

type Source = '--kubeconfig' | 'KUBECONFIG' | 'default';

function candidates({ kubeconfig, env, homedir: home = homedir() }: ConnectOptions): {
  paths: string[];
  source: Source;
} {
  if (kubeconfig !== undefined) return { paths: [resolve(kubeconfig)], source: '--kubeconfig' };
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return { paths: listed.map((path) => resolve(path)), source: 'KUBECONFIG' };
  return { paths: [join(home, '.kube', 'config')], source: 'default' };
}

function noKubeconfig(source: Source, missing: string[]): EnvironmentError {
  const where = missing.join(', ');
  const looked =
    source === 'default'
      ? `KUBECONFIG is not set and ${where} does not exist`
      : `${source} names ${where}, which does not exist`;
  return new EnvironmentError('cluster.no-kubeconfig', `no kubeconfig: ${looked}`, {
    suggestions: [
      'set KUBECONFIG or --kubeconfig to the file that your cluster gave you',
      'no cluster yet? `kind create cluster` makes one on this machine and writes ~/.kube/config',
    ],
  });
}

function unreadable(path: string, error: unknown): EnvironmentError {
  return new EnvironmentError('cluster.kubeconfig-invalid', `cannot read the kubeconfig ${path}: ${text(error)}`, {
    suggestions: [`check that ${path} is a file that you may read`],
    cause: error,
  });
}

function parse(config: KubeConfig, { path, text: content }: KubeconfigFile): KubeConfig {
  try {
    config.loadFromString(content);
  } catch (error) {
    throw new EnvironmentError('cluster.kubeconfig-invalid', `${path} is not a kubeconfig: ${reason(error)}`, {
      suggestions: [`kubectl --kubeconfig ${path} config view`, 'or choose another file with --kubeconfig'],
      cause: error,
    });
  }
  makePathsAbsolute(config, dirname(path));
  return config;
}

/** js-yaml explains over several lines; what a file without any content does to client-node explains nothing. */
function reason(error: unknown): string {
  if (error instanceof TypeError) return 'clusters, contexts and users are missing';
  return text(error).split('\n')[0] ?? '';
}

/** client-node's own method misses the token file. */
function makePathsAbsolute(config: KubeConfig, folder: string): void {
  config.makePathsAbsolute(folder);
  for (const user of config.users) {
    const tokenFile = user.authProvider?.config?.['tokenFile'];
    if (typeof tokenFile === 'string' && !isAbsolute(tokenFile))
      user.authProvider.config['tokenFile'] = join(folder, tokenFile);
  }
}

/** As kubectl merges: the first file that defines a name wins. client-node throws on a name that comes twice. */
function merge(into: KubeConfig, from: KubeConfig): void {
  into.clusters = union(into.clusters, from.clusters);
  into.contexts = union(into.contexts, from.contexts);
  into.users = union(into.users, from.users);
  if (!into.currentContext && from.currentContext) into.setCurrentContext(from.currentContext);
}

function union<T extends { name: string }>(first: T[], second: T[]): T[] {
  const known = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !known.has(name))];
}

function chooseContext(config: KubeConfig, wanted: string | undefined, paths: string[]): void {
  const known = config.contexts.map(({ name }) => name);
  const name = wanted ?? config.getCurrentContext();
  const where = paths.join(', ') || 'the service account';
  if (!name) {
    throw new EnvironmentError('cluster.no-context', `${where} has no current context`, {
      suggestions:
        known.length > 0 ? known.slice(0, 3).map((context) => `--context ${context}`) : ['kubectl config set-context'],
    });
  }
  if (!known.includes(name)) {
    const near = didYouMean(name, known).map((context) => `--context ${context}`);
    throw new EnvironmentError('cluster.unknown-context', `${where} has no context "${name}"`, {
      suggestions: near.length > 0 ? near : [`contexts there are: ${known.join(', ') || 'none'}`],
    });
  }
  config.setCurrentContext(name);
  const context = config.getContextObject(name);
  if (!config.getCurrentCluster()?.server) {
    throw incomplete(name, `cluster "${context?.cluster ?? ''}"`, where);
  }
  if (context?.user && !config.getCurrentUser()) throw incomplete(name, `user "${context.user}"`, where);
}

function incomplete(context: string, what: string, where: string): EnvironmentError {
  return new EnvironmentError(
    'cluster.kubeconfig-invalid',
    `context "${context}" names ${what}, which is not in ${where}`,
    {
      suggestions: [
        'fetch the kubeconfig again from where the cluster was made',
        'or choose another context with --context',
      ],
    },
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
