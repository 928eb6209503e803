import { type NodeProblem, pointerToken } from '../config/pointer.ts';
import type { Catalog, CatalogEntry, Config, Engine, ResourcesConfig, ServerConfig } from '../config/schema.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { App, LocalProgram, Resources, Server, TargetKind, Volume } from './app.ts';

const DEFAULT_UID = 1000;
const DEFAULT_TOKEN_SECRET = 'mcp-gateway-token';
const DEFAULT_VOLUME_SIZE = '1Gi';

const SERVER_RESOURCES: Resources = {
  requests: { cpu: '50m', memory: '128Mi' },
  limits: { cpu: '1', memory: '512Mi' },
};
const GATEWAY_RESOURCES: Resources = {
  requests: { cpu: '50m', memory: '64Mi' },
  limits: { cpu: '1', memory: '256Mi' },
};

/** Older docker/mcp-gateway images take requests without a token although one is set: v0.43.1 is the first that does not. */
export const DOCKER_IMAGE = 'docker/mcp-gateway:v0.43.3';

export interface ResolveInput {
  config: Config;
  catalog: Catalog;
  /** Version of mcpk: its own runtime images carry the same tag. */
  version: string;
  /** Only a cluster needs an image of every server. */
  target?: TargetKind;
}

export type ResolveResult = { ok: true; app: App } | { ok: false; problems: NodeProblem[] };

/** Fills in what the config leaves to the catalog and to defaults. */
export function resolveApp({ config, catalog, version, target = 'cluster' }: ResolveInput): ResolveResult {
  const resolved = Object.entries(config.servers).map(([name, server]) =>
    resolveServer(name, server ?? {}, catalog, target),
  );
  const problems = resolved.flatMap((r) => ('problem' in r ? [r.problem] : []));
  if (resolved.length === 0) {
    problems.push({
      pointer: '/servers',
      message: 'no servers: there is nothing to run',
      suggestion: 'mcpk add-server NAME adds one',
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const gatewayEngine = config.gateway?.engine ?? 'mcpk';
  // Our bridge is the default even behind Docker's gateway: it answers when a server cannot start, and that cures the hang.
  const bridgeEngine = config.bridge?.engine ?? 'mcpk';
  const app: App = {
    name: config.name,
    namespace: config.namespace ?? config.name,
    gateway: {
      engine: gatewayEngine,
      image: config.gateway?.image ?? runtimeImage(gatewayEngine, 'gateway', version),
      tokenSecret: config.gateway?.auth?.secret ?? DEFAULT_TOKEN_SECRET,
      resources: withDefaults(config.gateway?.resources, GATEWAY_RESOURCES),
    },
    bridge: { engine: bridgeEngine, image: config.bridge?.image ?? runtimeImage(bridgeEngine, 'bridge', version) },
    servers: resolved.flatMap((r) => ('server' in r ? [r.server] : [])).sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return { ok: true, app };
}

function runtimeImage(engine: Engine, part: 'gateway' | 'bridge', version: string): string {
  return engine === 'docker' ? DOCKER_IMAGE : `ghcr.io/mcpk/${part}:${version}`;
}

function resolveServer(
  name: string,
  config: ServerConfig,
  catalog: Catalog,
  target: TargetKind,
): { server: Server } | { problem: NodeProblem } {
  const entry = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
  const local = localProgram(config, entry);
  const image = config.image ?? entry?.image ?? (target === 'local' ? localName(local) : undefined);
  const command = config.command ?? entry?.command ?? (target === 'local' ? local?.argv : undefined);
  if (!image || !command) return { problem: unresolved(name, { image: Boolean(image), entry }, catalog) };
  const uid = config.security?.runAsUser ?? DEFAULT_UID;
  const own = config.env ?? {};
  const ownSecrets = config.secrets ?? entry?.secrets?.map(({ env, from }) => ({ env, from })) ?? [];
  // A variable that the config sets hides the catalog's secret or value of the same name.
  const secrets = ownSecrets.filter(({ env }) => !(env in own));
  const env = Object.fromEntries(
    Object.entries({ ...entry?.env, ...own }).filter(([key]) => !secrets.some((s) => s.env === key)),
  );
  return {
    server: {
      name,
      image,
      argv: [...command, ...(config.args ?? (config.command ? [] : (entry?.args ?? [])))],
      env,
      secrets,
      egress: (config.egress ?? entry?.egress ?? []).map(({ host, cidr, port }) => ({
        ...(host !== undefined && { host }),
        ...(cidr !== undefined && { cidr }),
        ...(port !== undefined && { port }),
      })),
      volumes: (config.volumes ?? entry?.volumes ?? []).map(volume),
      writable: config.writable ?? [],
      identity: {
        runAsUser: uid,
        runAsGroup: config.security?.runAsGroup ?? uid,
        ...(config.security?.hostUsers === false && { hostUsers: false }),
      },
      shared: config.shared ?? false,
      resources: withDefaults(config.resources, SERVER_RESOURCES),
      expect: {
        tools: config.verify?.tools ?? [],
        ...(config.verify?.call && {
          call: { tool: config.verify.call.tool, arguments: config.verify.call.arguments ?? {} },
        }),
      },
      ...(local && { local }),
      // The verdict is about the catalog's image and command; another image has none yet.
      ...(entry && image === entry.image && !config.command && { nonRoot: entry.nonRoot }),
    },
  };
}

/** A command of the config's own says nothing about the catalog's package. */
function localProgram(config: ServerConfig, entry: CatalogEntry | undefined): LocalProgram | undefined {
  if (config.local) return { kind: 'command', argv: config.local.command };
  if (!entry?.package || config.command) return undefined;
  const { registry, name, version, command } = entry.package;
  return {
    kind: 'package',
    package: { registry, name, version },
    argv: [...command, ...(config.args ?? entry.args ?? [])],
  };
}

function localName(local: LocalProgram | undefined): string | undefined {
  return local?.kind === 'package'
    ? `${local.package.registry}:${local.package.name}@${local.package.version}`
    : local?.argv[0];
}

function unresolved(
  name: string,
  has: { image: boolean; entry: CatalogEntry | undefined },
  catalog: Catalog,
): NodeProblem {
  const pointer = `/servers/${pointerToken(name)}`;
  if (has.entry) {
    return {
      pointer,
      message: `no public image of ${name} is known`,
      suggestion: 'build one and name it: image: registry.example.com/NAME:TAG',
    };
  }
  if (has.image) {
    return {
      pointer,
      message: `server ${name} has an image but no command`,
      suggestion: 'add command: [PROGRAM, ARGUMENT...]',
    };
  }
  const near = didYouMean(name, Object.keys(catalog));
  const known =
    near.length > 0 ? `did you mean ${near.join(' or ')}?` : `the catalog has ${Object.keys(catalog).join(', ')}`;
  return {
    pointer,
    message: `server ${name} is not in the catalog and has no image`,
    suggestion: `${known} Or add image and command.`,
  };
}

function volume(config: { name: string; mountPath: string; size?: string | undefined }): Volume {
  return { name: config.name, mountPath: config.mountPath, size: config.size ?? DEFAULT_VOLUME_SIZE };
}

function withDefaults(own: ResourcesConfig | undefined, defaults: Resources): Resources {
  return {
    requests: {
      cpu: own?.requests?.cpu ?? defaults.requests.cpu,
      memory: own?.requests?.memory ?? defaults.requests.memory,
    },
    limits: { cpu: own?.limits?.cpu ?? defaults.limits.cpu, memory: own?.limits?.memory ?? defaults.limits.memory },
  };
}
