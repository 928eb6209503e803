import { UsageError } from '../errors.ts';

/** What the user says of registries, for every command that reads images. */
export interface ImageOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** HOST=URL, also from MCPK_MIRRORS (blanks or commas between them). */
  mirrors?: string[] | undefined;
  /** Hosts, also from MCPK_PLAIN_HTTP. */
  plainHttp?: string[] | undefined;
  offline: boolean;
  refresh: boolean;
}

/** @throws UsageError where a mirror is not HOST=URL */
export function registryOptions({ env, signal, mirrors, plainHttp, offline, refresh }: ImageOptions) {
  const words = (text: string | undefined) => (text ?? '').split(/[\s,]+/).filter(Boolean);
  return {
    env,
    signal,
    offline: offline || env['MCPK_OFFLINE'] === '1',
    refresh,
    plainHttp: [...(plainHttp ?? []), ...words(env['MCPK_PLAIN_HTTP'])],
    mirrors: [...(mirrors ?? []), ...words(env['MCPK_MIRRORS'])].map((text) => {
      const [, host, url] = /^([^=]+)=(https?:\/\/.+)$/.exec(text) ?? [];
      if (host && url) return { host, url };
      throw new UsageError('usage.invalid', `${text} is no mirror`, {
        suggestions: ['--mirror HOST=URL, such as --mirror docker.io=https://mirror.example.com'],
      });
    }),
  };
}
