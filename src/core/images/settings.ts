import type { ImageConfig } from './manifest.ts';

/** What a pod says of a container, as far as it decides whether its program runs. */
export interface ContainerSettings {
  runAsUser?: number | undefined;
  runAsGroup?: number | undefined;
  runAsNonRoot: boolean;
  fsGroup?: number | undefined;
  supplementalGroups?: number[] | undefined;
  /** What the container may have at most: the runtime's default without what is dropped, and what is added. */
  capabilities: string[];
  readOnlyRootFilesystem: boolean;
  mounts: Mount[];
  command?: string[] | undefined;
  args?: string[] | undefined;
  env: Record<string, string>;
  workingDir?: string | undefined;
  /** The pod has a user namespace of its own: its root is nobody outside. */
  ownUserNamespace?: boolean;
}

export interface Mount {
  path: string;
  kind: 'emptyDir' | 'volume' | 'readOnly';
}

/** As Kubernetes puts it together (CRI, WithProcessArgs): a command replaces ENTRYPOINT and CMD, args only CMD. */
export function argvOf(image: ImageConfig, { command, args }: ContainerSettings): string[] {
  if (command && command.length > 0) return [...command, ...(args ?? [])];
  // `ENTRYPOINT [""]` takes back that of the image below.
  const entrypoint = image.entrypoint.length === 1 && image.entrypoint[0] === '' ? [] : image.entrypoint;
  return [...entrypoint, ...(args && args.length > 0 ? args : image.cmd)];
}

/** containerd's, where neither image nor pod sets one. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function environmentOf(image: ImageConfig, { env }: ContainerSettings): Record<string, string> {
  const own = image.env.map((line) => {
    const equals = line.indexOf('=');
    return equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
  });
  return { PATH: DEFAULT_PATH, ...Object.fromEntries(own), ...env };
}

export function workingDirOf(image: ImageConfig, { workingDir }: ContainerSettings): string {
  return workingDir || image.workingDir || '/';
}
