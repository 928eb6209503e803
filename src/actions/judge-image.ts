import { openImage, type Progress } from '../adapters/images/open-image.ts';
import type { Image } from '../core/images/judge.ts';
import { parseSource } from '../core/images/reference.ts';
import { McpkError } from '../errors.ts';
import { type ImageOptions, registryOptions } from './image-options.ts';
import { platformOf } from './inspect.ts';

export interface JudgingOptions extends ImageOptions {
  platform: string;
  onProgress?: (progress: Progress) => void;
}

/** Why nothing can be said of an image: in words, and as an error code where there is one. */
export interface NotJudged {
  unchecked: string;
  code?: string;
}

/** Failures that every image of the same registry would meet again. */
const OF_THE_REGISTRY = ['image.registry-unreachable', 'image.rate-limit'];

/**
 * Opens images one after the other and hands each to `judge`. One that cannot be had stops nothing, and a registry that
 * cannot be used is asked once. @throws InterruptedError
 */
export function imageJudge(
  options: JudgingOptions,
): <T>(name: string, judge: (image: Image) => T) => Promise<T | NotJudged> {
  const unusable = new Map<string, string>();
  return async (name, judge) => {
    const parsed = parseSource(name);
    if (!parsed.ok) return { unchecked: parsed.message };
    const host = parsed.source.transport === 'registry' ? parsed.source.reference.host : '';
    const known = unusable.get(host);
    if (known !== undefined) return { unchecked: known };
    try {
      const image = await openImage(parsed.source, {
        ...registryOptions(options),
        platform: platformOf(options.platform),
        ...(options.onProgress && { onProgress: options.onProgress }),
      });
      try {
        return judge(image);
      } finally {
        image.close();
      }
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof McpkError)) throw error;
      if (OF_THE_REGISTRY.includes(error.code)) unusable.set(host, error.message);
      return { unchecked: error.message, code: error.code };
    }
  };
}

/** Of a verdict: what is wrong, in one line. */
export function reasonOf({
  verdict,
  summary,
  warnings,
}: {
  verdict: string;
  summary: string;
  warnings: string[];
}): string {
  return verdict === 'risky' ? warnings.join('; ') : summary;
}
