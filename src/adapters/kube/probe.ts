import { type App, names } from '../../core/app/app.ts';
import { clusterOutput } from '../../core/checks/cluster-output.ts';
import { clusterPlace } from '../../core/checks/place.ts';
import {
  type CallOptions,
  CannotCheck,
  type ClusterPort,
  type Component,
  type GatewayPort,
  type LiveObject,
  McpFailure,
  type McpPort,
  type McpSession,
  type MemoryUse,
  type OutputPort,
  type Place,
  type Pod,
  type Ports,
  type TokenPort,
} from '../../core/checks/ports.ts';
import { explainWorkload } from '../../core/deploy/diagnose.ts';
import { collectionPath, type KnownKind } from '../../core/deploy/kinds.ts';
import type { LivePod } from '../../core/deploy/live.ts';
import { workloadsOf } from '../../core/deploy/waves.ts';
import { gatewayLabels, managedSelector, selector, serverLabels } from '../../core/manifests/labels.ts';
import { buildObjects } from '../../core/manifests/objects.ts';
import { connectOverHttp, connectOverStream } from '../mcp/client.ts';
import { tunnelFetch } from '../mcp/tunnel-fetch.ts';
import { apiError, type KubeConnection, type KubeResponse } from './connection.ts';
import { lookUpFromPod } from './look-up.ts';
import { memoryOf } from './memory.ts';
import { getObject, listObjects } from './objects.ts';
import { investigate, look } from './observe.ts';
import { toPod } from './pod-view.ts';
import { isAllowed, whoAmI } from './reviews.ts';
import { translated } from './translate.ts';
import { openTunnel } from './tunnel.ts';

/** The start of a log tells how a process started, its end what happened lately. */
const LOG_HEAD_BYTES = 256 * 1024;
const LOG_TAIL_LINES = '500';
const HTTP_TIMEOUT_MS = 10_000;

export interface ProbeOptions {
  kube: KubeConnection;
  app: App;
  signal: AbortSignal;
}

/** The checks' ports over a cluster. Reads only; what it opens is closed by `close`. */
export class Probe implements Omit<Ports, 'clock'> {
  readonly cluster: ClusterPort;
  readonly token: TokenPort;
  readonly gateway: GatewayPort;
  readonly mcp: McpPort;
  readonly output: OutputPort;
  readonly place: Place;
  readonly #options: ProbeOptions;
  readonly #sessions = new Set<McpSession>();

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.cluster = {
      version: () => this.#version(),
      get: (kind, name) => this.#get(kind, name),
      pods: (component) => this.#pods(component),
      endpoints: (service) => this.#endpoints(service),
      allowed: (access) => translated(() => isAllowed(options.kube, options.app.namespace, access, options.signal)),
      user: () => translated(() => whoAmI(options.kube, options.signal)),
      secretKeys: async (name) => {
        const data = await this.#secretData(name);
        return data && Object.keys(data);
      },
      memory: () => this.#memory(),
      log: (pod, container) => this.#log(pod, container),
      explain: (component, message) => translated(() => this.#explain(component, message)),
      lookUp: (pod, services) =>
        translated(() =>
          lookUpFromPod({ kube: options.kube, app: options.app, pod, signal: options.signal }, services),
        ),
    };
    this.token = {
      inspect: async () => {
        const secret = await this.#secret();
        return secret && { keys: Object.keys(secret), length: (secret[names.tokenKey] ?? '').length };
      },
      appearsIn: async (text) => {
        const value = await this.#tokenValue();
        return value !== '' && text.includes(value);
      },
    };
    this.output = clusterOutput(this.cluster);
    this.place = clusterPlace(options.app);
    this.gateway = { status: (request) => this.#status(request) };
    this.mcp = { server: (name, call) => this.#server(name, call), gateway: (call) => this.#gateway(call) };
  }

  /** Ends every session that is still open. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.close().catch(() => {})));
    this.#sessions.clear();
  }

  #request(
    path: string,
    rest: { method?: string; body?: unknown; query?: Record<string, string>; text?: boolean } = {},
  ): Promise<KubeResponse> {
    const { kube, signal } = this.#options;
    return translated(() => kube.request({ path, signal, ...rest }));
  }

  async #version(): Promise<string> {
    const response = await this.#request('/version');
    if (response.status !== 200)
      return translated(() => Promise.reject(apiError(response, 'read the version of the cluster')));
    return (response.body as { gitVersion?: string }).gitVersion ?? 'unknown';
  }

  #get(kind: string, name: string): Promise<LiveObject | undefined> {
    const { kube, app, signal } = this.#options;
    const metadata = kind === 'Namespace' ? { name } : { name, namespace: app.namespace };
    return translated(
      async () => (await getObject(kube, { kind: kind as KnownKind, metadata }, signal)) as LiveObject | undefined,
    );
  }

  #pods(component: Component): Promise<Pod[]> {
    const { kube, app, signal } = this.#options;
    const labels = selector(component === 'gateway' ? gatewayLabels(app) : serverLabels(app, component.server));
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    return translated(async () => {
      const pods = (await listObjects(kube, 'Pod', app.namespace, { labelSelector, signal })) as unknown as LivePod[];
      const created = (pod: LivePod) =>
        String((pod.metadata as { creationTimestamp?: string }).creationTimestamp ?? '');
      return pods
        .filter(({ metadata }) => !metadata.deletionTimestamp)
        .sort((a, b) => (created(a) > created(b) ? -1 : 1))
        .map(toPod);
    });
  }

  async #endpoints(service: string): Promise<{ ready: number; notReady: number }> {
    const { app } = this.#options;
    const path = `/apis/discovery.k8s.io/v1/namespaces/${app.namespace}/endpointslices`;
    const response = await this.#request(path, { query: { labelSelector: `kubernetes.io/service-name=${service}` } });
    if (response.status !== 200)
      return translated(() => Promise.reject(apiError(response, `list endpointslices in namespace ${app.namespace}`)));
    const { items } = response.body as {
      items: { endpoints?: { addresses: string[]; conditions?: { ready?: boolean } }[] }[];
    };
    const all = items.flatMap(({ endpoints }) => endpoints ?? []);
    const ready = all.filter(({ conditions }) => conditions?.ready !== false).length;
    return { ready, notReady: all.length - ready };
  }

  async #log(pod: string, container: string): Promise<string> {
    const head = await this.#logPart(pod, { container, limitBytes: String(LOG_HEAD_BYTES) });
    if (Buffer.byteLength(head) < LOG_HEAD_BYTES) return head;
    return `${head}\n${await this.#logPart(pod, { container, tailLines: LOG_TAIL_LINES })}`;
  }

  async #logPart(pod: string, query: Record<string, string>): Promise<string> {
    const { namespace } = this.#options.app;
    const response = await this.#request(`${collectionPath('Pod', namespace)}/${pod}/log`, { query, text: true });
    // 400: the container has not started; 404: the pod has gone since. Either way there is no log.
    if (response.status === 400 || response.status === 404) return '';
    if (response.status !== 200)
      return translated(() => Promise.reject(apiError(response, `read the log of pod ${pod}`)));
    return String(response.body);
  }

  async #explain(component: Component, message: string) {
    const { kube, app, signal } = this.#options;
    const name = component === 'gateway' ? names.gateway : component.server;
    const workload = workloadsOf(app, buildObjects(app)).find((one) => one.name === name);
    if (!workload) throw new RangeError(`the app has no workload ${name}`);
    const place = { kube, namespace: app.namespace, app: app.name, signal };
    const findings = await investigate(place, workload, await look(place));
    const { cause, remedies, evidence } = explainWorkload(workload, { namespace: app.namespace, message }, findings);
    return { cause, remedies, evidence };
  }

  #secret(): Promise<Record<string, string> | undefined> {
    return this.#secretData(this.#options.app.gateway.tokenSecret);
  }

  async #secretData(name: string): Promise<Record<string, string> | undefined> {
    const live = (await this.#get('Secret', name)) as { data?: Record<string, string> } | undefined;
    return live && (live.data ?? {});
  }

  #memory(): Promise<MemoryUse[] | undefined> {
    const { kube, app, signal } = this.#options;
    return translated(() =>
      memoryOf(kube, { namespace: app.namespace, labelSelector: managedSelector(app.name) }, signal),
    );
  }

  /** Stays in this class: never logged, never part of a result. */
  async #tokenValue(): Promise<string> {
    const secret = await this.#secret();
    return Buffer.from(secret?.[names.tokenKey] ?? '', 'base64')
      .toString('utf8')
      .trim();
  }

  async #status({
    method,
    path,
    token,
    body,
  }: {
    method: string;
    path: string;
    token: boolean;
    body?: string;
  }): Promise<number> {
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(HTTP_TIMEOUT_MS)]);
    const send = tunnelFetch(await this.#dialGateway(), signal);
    const headers: Record<string, string> = {
      accept: 'application/json, text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
    };
    if (token) headers['authorization'] = `Bearer ${await this.#tokenValue()}`;
    return translated(async () => {
      try {
        const response = await send(gatewayUrl(path), { method, headers, ...(body !== undefined && { body }) });
        await response.body?.cancel();
        return response.status;
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (signal.aborted)
          throw new CannotCheck(`the gateway does not answer ${method} ${path} within ${HTTP_TIMEOUT_MS / 1000} s`, {
            transient: true,
          });
        throw error;
      }
    });
  }

  async #dialGateway() {
    const { kube, app } = this.#options;
    const pod = (await this.#pods('gateway')).find(({ ready }) => ready) ?? (await this.#pods('gateway'))[0];
    if (!pod) throw new CannotCheck('there is no gateway pod', { transient: true });
    return (signal: AbortSignal) =>
      openTunnel(kube.config, { namespace: app.namespace, pod: pod.name, port: names.gatewayPort }, signal);
  }

  async #server(name: string, call: CallOptions): Promise<McpSession> {
    const { kube, app } = this.#options;
    const pod = (await this.#pods({ server: name }))[0];
    if (!pod) throw new McpFailure('refused', 'there is no pod');
    const session = await translated(async () => {
      const tunnel = await openTunnel(
        kube.config,
        { namespace: app.namespace, pod: pod.name, port: names.bridgePort },
        call.signal,
      );
      return connectOverStream(tunnel, call);
    });
    return this.#kept(session, call);
  }

  async #gateway(call: CallOptions): Promise<McpSession> {
    const [dial, token] = [await this.#dialGateway(), await this.#tokenValue()];
    const session = await translated(() => connectOverHttp({ url: gatewayUrl('/mcp'), token, dial }, call));
    return this.#kept(session, call);
  }

  /** A session that opens after the caller has stopped waiting belongs to nobody. */
  async #kept(session: McpSession, { signal }: CallOptions): Promise<McpSession> {
    if (signal.aborted) {
      await session.close();
      signal.throwIfAborted();
    }
    this.#sessions.add(session);
    return {
      ...session,
      listTools: (call) => translated(() => session.listTools(call)),
      callTool: (name, args, call) => translated(() => session.callTool(name, args, call)),
    };
  }
}

/** A gateway behind docker's SDK wants to be called by a loopback name when it sees itself called on loopback. */
function gatewayUrl(path: string): URL {
  return new URL(path, `http://localhost:${names.gatewayPort}`);
}
