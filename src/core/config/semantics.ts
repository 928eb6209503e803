import { type NodeProblem, pointerToken } from './pointer.ts';
import type { Config, ServerConfig } from './schema.ts';

/** Faults that a schema cannot tell: they need two places of the file at once. */
export function semanticProblems(config: Config): NodeProblem[] {
  return Object.entries(config.servers).flatMap(([name, server]) => {
    const at = `/servers/${pointerToken(name)}`;
    return server ? [...serverProblems(server, at), ...sharingProblems(config, server, at)] : [];
  });
}

function sharingProblems({ bridge }: Config, { shared }: ServerConfig, at: string): NodeProblem[] {
  if (!shared || bridge?.engine !== 'docker') return [];
  const message = "docker's bridge starts a process for every session: it cannot share one";
  return [{ pointer: `${at}/shared`, message, suggestion: 'set bridge.engine: mcpk, or remove shared' }];
}

function serverProblems(server: ServerConfig, at: string): NodeProblem[] {
  return [
    ...egressProblems(server, at),
    ...environmentProblems(server, at),
    ...volumeProblems(server, at),
    ...writableProblems(server, at),
    ...rootProblems(server, at),
  ];
}

/** uid 0 is root of the node, unless the pod has users of its own. */
function rootProblems({ security }: ServerConfig, at: string): NodeProblem[] {
  if (security?.hostUsers === false) return [];
  return (['runAsUser', 'runAsGroup'] as const).flatMap((key) =>
    security?.[key] === 0
      ? [
          {
            pointer: `${at}/security/${key}`,
            message: `${key} 0 is root on the node`,
            suggestion: 'take another number, or add hostUsers: false, where nodes have user namespaces',
          },
        ]
      : [],
  );
}

function egressProblems(server: ServerConfig, at: string): NodeProblem[] {
  return (server.egress ?? []).flatMap((rule, i) => {
    if ((rule.host === undefined) !== (rule.cidr === undefined)) return [];
    return [{ pointer: `${at}/egress/${i}`, message: 'an egress rule names either a host or a cidr' }];
  });
}

function environmentProblems(server: ServerConfig, at: string): NodeProblem[] {
  const plain = new Set(Object.keys(server.env ?? {}));
  const seen = new Set<string>();
  return (server.secrets ?? []).flatMap(({ env }, i) => {
    const twice = plain.has(env) ? 'env' : seen.has(env) ? 'secrets' : undefined;
    seen.add(env);
    return twice
      ? [{ pointer: `${at}/secrets/${i}/env`, message: `${env} is set twice: it also stands under ${twice}` }]
      : [];
  });
}

function volumeProblems(server: ServerConfig, at: string): NodeProblem[] {
  const names = new Set<string>();
  const paths = new Set<string>(RESERVED_PATHS);
  return (server.volumes ?? []).flatMap((volume, i) => {
    const problems: NodeProblem[] = [];
    if (names.has(volume.name))
      problems.push({ pointer: `${at}/volumes/${i}/name`, message: `two volumes are named "${volume.name}"` });
    if (paths.has(trimSlash(volume.mountPath))) {
      problems.push({
        pointer: `${at}/volumes/${i}/mountPath`,
        message: `${volume.mountPath} is already a mount of this pod`,
      });
    }
    names.add(volume.name);
    paths.add(trimSlash(volume.mountPath));
    return problems;
  });
}

function writableProblems(server: ServerConfig, at: string): NodeProblem[] {
  const paths = new Set([...RESERVED_PATHS, ...(server.volumes ?? []).map(({ mountPath }) => trimSlash(mountPath))]);
  return (server.writable ?? []).flatMap((path, i) => {
    const taken = paths.has(trimSlash(path));
    paths.add(trimSlash(path));
    return taken ? [{ pointer: `${at}/writable/${i}`, message: `${path} is already a mount of this pod` }] : [];
  });
}

/** Mounts that every server pod has. */
const RESERVED_PATHS: readonly string[] = ['/tmp', '/mcpk'];

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
