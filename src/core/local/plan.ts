import type { App, Package, Server } from '../app/app.ts';

/** How a server of the app runs as a process of this machine. */
export interface LocalServer {
  name: string;
  /** Undefined: `argv` is ready to run. Else its first word is a program of this package. */
  package?: Package;
  argv: string[];
  /** Beside the little that every program gets. Holds the values of secrets. */
  env: Record<string, string>;
  /** Where it works: the config's folder for commands of the config, else a folder of its own. */
  worksIn: 'config' | 'own';
  /** Folders that stand for its volumes. */
  folders: string[];
}

/** A server that cannot run here, and what to do about it. */
export interface NotHere {
  name: string;
  message: string;
  remedies: string[];
}

export interface Here {
  /** The folder that stands for a volume. */
  volume(server: string, volume: string): string;
  /** Variables of the user's environment: where secrets come from. */
  environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Plans every server as a process. A volume becomes a folder, and what names its mount path (values of the environment,
 * arguments) names that folder instead. A secret is the variable of the same name in the user's environment.
 */
export function planLocal(app: App, here: Here): (LocalServer | NotHere)[] {
  return app.servers.map((server) => planServer(server, here));
}

function planServer(server: Server, here: Here): LocalServer | NotHere {
  const { name, local } = server;
  if (!local) {
    return {
      name,
      message: 'it has no package in the catalog, and no local.command',
      remedies: [`add servers.${name}.local: { command: [PROGRAM, ARGUMENT...] } to mcpk.yaml`],
    };
  }
  const secrets = Object.fromEntries(server.secrets.map(({ env }) => [env, here.environment[env]]));
  const missing = Object.keys(secrets).filter((key) => !secrets[key]);
  if (missing.length > 0) {
    const [is, them] = missing.length === 1 ? ['is', 'it'] : ['are', 'them'];
    return {
      name,
      message: `${missing.join(', ')} ${is} not set in the environment`,
      remedies: [`set ${them}, then start mcpk up again`],
    };
  }
  const shown = Object.keys(secrets).find((key) => local.argv.some((word) => names(word).includes(key)));
  if (shown !== undefined) {
    return {
      name,
      message: `it takes the secret ${shown} as an argument, which every user of this machine could read`,
      remedies: [`start it another way: servers.${name}.local: { command: [PROGRAM, ARGUMENT...] }`],
    };
  }
  const mapped = (text: string) => inFolders(text, server, here);
  const env = Object.fromEntries(Object.entries(server.env).map(([key, value]) => [key, mapped(value)]));
  return {
    name,
    ...(local.kind === 'package' && { package: local.package }),
    argv: local.argv.map((word) => (local.kind === 'package' ? mapped(expand(word, env)) : word)),
    env: { ...env, ...(secrets as Record<string, string>) },
    worksIn: local.kind === 'package' ? 'own' : 'config',
    folders: server.volumes.map((volume) => here.volume(name, volume.name)),
  };
}

function inFolders(text: string, { name, volumes }: Server, here: Here): string {
  const volume = volumes.find(({ mountPath }) => text === mountPath || text.startsWith(`${mountPath}/`));
  return volume ? here.volume(name, volume.name) + text.slice(volume.mountPath.length) : text;
}

/** `$(NAME)` as the kubelet writes it: $$( is a plain $(, and what is not set stays as it stands. */
const REFERENCE = /\$\$\(|\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g;

function expand(word: string, env: Record<string, string>): string {
  return word.replaceAll(REFERENCE, (found, key?: string) => (key === undefined ? '$(' : (env[key] ?? found)));
}

function names(word: string): string[] {
  return [...word.matchAll(REFERENCE)].flatMap(([, key]) => (key === undefined ? [] : [key]));
}

/** The gateway's configuration on this machine. Holds secrets: only its owner may read the file. */
export function localGatewayConfig(
  servers: readonly { name: string; command: string[]; env: Record<string, string>; cwd: string }[],
  { port, tokenFile }: { port: number; tokenFile: string },
): string {
  const config = {
    listen: `127.0.0.1:${port}`,
    auth: { tokenFile },
    servers: Object.fromEntries(servers.map(({ name, ...server }) => [name, server])),
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
