/** OCI image-spec and Docker's schema 2: what a registry or a layout says of an image. */
export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  platform?: { os?: string; architecture?: string; variant?: string };
  annotations?: Record<string, string>;
}

export interface Manifest {
  mediaType?: string;
  config: Descriptor;
  layers: Descriptor[];
}

export interface Index {
  manifests: Descriptor[];
}

/** The part of an image's configuration that says how it runs. */
export interface ImageConfig {
  user: string;
  env: string[];
  entrypoint: string[];
  cmd: string[];
  workingDir: string;
  volumes: string[];
  platform: Platform;
}

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

export const ACCEPTED = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

export function isIndex(document: unknown): document is Index {
  return Array.isArray((document as Index | null)?.manifests);
}

export function isManifest(document: unknown): document is Manifest {
  const manifest = document as Manifest | null;
  return typeof manifest?.config?.digest === 'string' && Array.isArray(manifest.layers);
}

/** `linux/arm64/v8`. Undefined where it is none. */
export function parsePlatform(text: string): Platform | undefined {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9]+))?$/.exec(text) ?? [];
  return os && architecture ? { os, architecture, ...(variant && { variant }) } : undefined;
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('/');
}

/** The image of a platform; what is said of no platform, such as attestations, is passed over. */
export function choosePlatform(index: Index, wanted: Platform): Descriptor | undefined {
  const fitting = index.manifests.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const exact = fitting.find(({ platform }) => wanted.variant !== undefined && platform?.variant === wanted.variant);
  // arm64 and arm64/v8 are the same.
  return exact ?? (wanted.variant === undefined || wanted.architecture === 'arm64' ? fitting[0] : undefined);
}

export function platformsOf(index: Index): string[] {
  return index.manifests.flatMap(({ platform }) =>
    platform?.os && platform.architecture && platform.os !== 'unknown'
      ? [
          platformText({
            os: platform.os,
            architecture: platform.architecture,
            ...(platform.variant && { variant: platform.variant }),
          }),
        ]
      : [],
  );
}

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** The configuration as it is in the registry. Undefined where it is none. */
export function parseImageConfig(document: unknown): ImageConfig | undefined {
  const whole = document as {
    os?: unknown;
    architecture?: unknown;
    variant?: unknown;
    config?: Record<string, unknown> | null;
  };
  if (typeof whole !== 'object' || whole === null || typeof whole.os !== 'string') return undefined;
  const config = whole.config ?? {};
  return {
    user: typeof config['User'] === 'string' ? config['User'] : '',
    env: strings(config['Env']),
    entrypoint: strings(config['Entrypoint']),
    cmd: strings(config['Cmd']),
    workingDir: typeof config['WorkingDir'] === 'string' ? config['WorkingDir'] : '',
    volumes: Object.keys((config['Volumes'] as object | null | undefined) ?? {}),
    platform: {
      os: whole.os,
      architecture: String(whole.architecture ?? ''),
      ...(typeof whole.variant === 'string' && whole.variant !== '' && { variant: whole.variant }),
    },
  };
}
