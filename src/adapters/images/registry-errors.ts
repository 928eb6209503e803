import { EnvironmentError, type McpkError, UsageError } from '../../errors.ts';
import type { Answer, ConnectionError } from './http.ts';

/** What the user asked for, and where. */
export interface Asked {
  /** The reference in full. */
  name: string;
  host: string;
}

/** A registry's refusal, with what to do about it. */
export async function registryError(answer: Answer, { name, host }: Asked): Promise<McpkError> {
  const detail = await reasonOf(answer);
  const said = detail ? `: ${detail}` : '';
  switch (answer.status) {
    case 404:
      return new UsageError('image.not-found', `${name} is not there${said}`, {
        suggestions: ['correct the name or the tag', `log in if it is private: docker login ${host}`],
      });
    case 401:
    case 403:
      return new EnvironmentError('image.denied', `${host} does not give ${name}${said}`, {
        suggestions: [
          `log in: docker login ${shown(host)} (or podman login)`,
          'correct the name: registries also answer so where there is no such repository',
        ],
      });
    case 429:
      return new EnvironmentError('image.rate-limit', `${host} gives no more images for now (429)${said}`, {
        suggestions: [
          `log in, which raises the limit: docker login ${shown(host)}`,
          `take it from a mirror: --mirror ${shown(host)}=https://MIRROR`,
          `wait${waitOf(answer)}, and run it again: what was fetched is kept`,
        ],
      });
    default:
      return new EnvironmentError('image.registry', `${host} answered ${answer.status} for ${name}${said}`, {
        suggestions: ['run the command again: what was fetched is kept'],
      });
  }
}

export function unreachable(cause: ConnectionError, { name, host }: Asked): EnvironmentError {
  const plain = /wrong version number|packet length too long|EPROTO/i.test(`${cause.message} ${cause.code}`);
  return new EnvironmentError(
    'image.registry-unreachable',
    `${host} cannot be reached for ${name}: ${plain ? 'it does not answer in TLS' : cause.message || cause.code}`,
    {
      suggestions: plain
        ? [`it does not speak TLS; if that is meant to be: --plain-http ${host}`]
        : ['check the name and the network', 'an image that is here already can be read from a file: oci-archive:FILE'],
      cause,
    },
  );
}

const shown = (host: string) => (host === 'registry-1.docker.io' ? 'docker.io' : host);

function waitOf(answer: Answer): string {
  const seconds = Number(answer.header('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? ` ${seconds} s` : '';
}

const MAX_REASON = 1 << 20;

/** OCI distribution-spec, "Error Codes". */
async function reasonOf(answer: Answer): Promise<string> {
  const bytes = await answer.bytes(MAX_REASON).catch(() => undefined);
  try {
    const { errors } = JSON.parse(String(bytes)) as { errors?: { message?: string; code?: string }[] };
    return (errors ?? [])
      .map(({ message, code }) => message || code || '')
      .join('; ')
      .slice(0, 300);
  } catch {
    return '';
  }
}
