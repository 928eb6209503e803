import type { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig } from './kubeconfig.ts';
import { Transport } from './transport.ts';

export { apiError } from './api-error.ts';

/** One request to the API server. */
export interface KubeRequest {
  /** Default: GET. */
  method?: string;
  path: string;
  query?: Record<string, string>;
  /** Sent as JSON whatever its content type says: JSON is YAML. */
  body?: unknown;
  contentType?: string;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Default: JSON. */
  accept?: string;
  /** Leave the body as text, for logs. */
  text?: boolean;
}

export interface KubeResponse {
  status: number;
  /** Parsed JSON; text where it was asked for or where the body is no JSON. */
  body: unknown;
  /** The `Warning:` headers' texts. */
  warnings: string[];
}

/** A cluster that answers to one context of the user's kubeconfig. */
export interface KubeConnection {
  readonly context: string;
  readonly server: string;
  /** client-node's KubeConfig, for its port-forward and exec. */
  readonly config: KubeConfig;
  /** Any HTTP status is returned, only transport faults throw (EnvironmentError). */
  request(request: KubeRequest): Promise<KubeResponse>;
  close(): void;
}

export interface ConnectOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** Default: the user's home folder. */
  homedir?: string | undefined;
}

/**
 * Reads the kubeconfig and prepares a connection; nothing is sent yet.
 * @throws EnvironmentError where there is no usable kubeconfig or context
 */
export async function connect(options: ConnectOptions): Promise<KubeConnection> {
  const config = await loadKubeConfig(options);
  const server = config.getCurrentCluster()?.server ?? '';
  const transport = new Transport(config, server);
  return {
    context: config.getCurrentContext(),
    server,
    config,
    request: (request) => transport.request(request),
    close: () => transport.close(),
  };
}
