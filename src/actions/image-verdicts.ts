import { openImage, type Progress } from '../adapters/images/open-image.ts';
import type { ImageVerdict } from '../contract.ts';
import type { Server } from '../core/app/app.ts';
import { inspect } from '../core/images/inspect.ts';
import { parseSource } from '../core/images/reference.ts';
import { McpkError } from '../errors.ts';
import { type ImageOptions, registryOptions } from './image-options.ts';
import { platformOf } from './inspect.ts';

export interface VerdictOptions extends ImageOptions {
  platform: string;
  onProgress?: (progress: Progress) => void;
}

/** Failures that every image of the same registry would meet again. */
const OF_THE_REGISTRY = ['image.registry-unreachable', 'image.rate-limit'];

/**
 * Whether each server's image runs as its pod would have it. An image that cannot be had is `unchecked`, with the
 * reason; it stops nothing. @throws InterruptedError
 */
export async function imageVerdicts(servers: readonly Server[], options: VerdictOptions): Promise<ImageVerdict[]> {
  const unusable = new Map<string, string>();
  const verdicts: ImageVerdict[] = [];
  for (const server of servers) {
    const host = hostOf(server.image);
    const known = unusable.get(host);
    const verdict = known === undefined ? await verdictOf(server, options) : unchecked(server, known);
    if (verdict.code && OF_THE_REGISTRY.includes(verdict.code)) unusable.set(host, verdict.summary);
    verdicts.push(verdict);
  }
  return verdicts;
}

function hostOf(image: string): string {
  const parsed = parseSource(image);
  return parsed.ok && parsed.source.transport === 'registry' ? parsed.source.reference.host : '';
}

async function verdictOf(server: Server, options: VerdictOptions): Promise<ImageVerdict> {
  const parsed = parseSource(server.image);
  if (!parsed.ok) return unchecked(server, parsed.message);
  try {
    const image = await openImage(parsed.source, {
      ...registryOptions(options),
      platform: platformOf(options.platform),
      ...(options.onProgress && { onProgress: options.onProgress }),
    });
    try {
      const { judgement, works, remedies } = inspect(image, {
        name: server.image,
        runAsUser: server.identity.runAsUser,
        runAsGroup: server.identity.runAsGroup,
        argv: server.argv,
        env: server.env,
        volumes: server.volumes.map(({ mountPath }) => mountPath),
        writable: server.writable,
      });
      const { verdict, summary, errno, path, message, warnings } = judgement;
      return {
        server: server.name,
        image: server.image,
        verdict,
        summary: verdict === 'risky' ? warnings.join('; ') : summary,
        ...(errno && { errno }),
        ...(path !== undefined && { path }),
        ...(message !== undefined && { message }),
        remedies: remedies.map(({ title }) => title),
        works,
      };
    } finally {
      image.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof McpkError)) throw error;
    return { ...unchecked(server, error.message), code: error.code };
  }
}

function unchecked(server: Server, summary: string): ImageVerdict {
  return { server: server.name, image: server.image, verdict: 'unchecked', summary, remedies: [], works: [] };
}
