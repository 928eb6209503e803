import { type OpenImage, openImage, type Progress } from '../adapters/images/open-image.ts';
import type { InspectResult } from '../contract.ts';
import { chainLines, type Inspection, inspect, type Question } from '../core/images/inspect.ts';
import { parsePlatform, platformText } from '../core/images/manifest.ts';
import { type ImageSource, parseSource } from '../core/images/reference.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { type ImageOptions, registryOptions } from './image-options.ts';

export interface InspectOptions {
  image: string;
  question: Omit<Question, 'name'>;
  registry: ImageOptions;
  /** OS/ARCHITECTURE[/VARIANT]. */
  platform: string;
  onProgress?: (progress: Progress) => void;
}

/** Whether an image's command starts as a user, told from its files alone. @throws McpkError */
export async function inspectImage(options: InspectOptions): Promise<InspectResult> {
  const open = await openNamedImage(options);
  try {
    return resultOf(options.image, open, inspect(open, { ...options.question, name: bareName(options.image) }));
  } finally {
    open.close();
  }
}

/** 1 where it fails, 3 where it could not be told. */
export function verdictExitCode({ verdict }: Pick<InspectResult, 'verdict'>): ExitCode {
  if (verdict === 'fails') return EXIT.failed;
  return verdict === 'unchecked' ? EXIT.environment : EXIT.ok;
}

export async function openNamedImage(options: Omit<InspectOptions, 'question'>): Promise<OpenImage> {
  return openImage(sourceOf(options.image), {
    ...registryOptions(options.registry),
    platform: platformOf(options.platform),
    ...(options.onProgress && { onProgress: options.onProgress }),
  });
}

/** @throws UsageError */
export function sourceOf(image: string): ImageSource {
  const parsed = parseSource(image);
  if (parsed.ok) return parsed.source;
  throw new UsageError('usage.invalid', parsed.message, { suggestions: [parsed.suggestion] });
}

/** @throws UsageError */
export function platformOf(text: string) {
  const platform = parsePlatform(text);
  if (platform) return platform;
  throw new UsageError('usage.invalid', `${text} is no platform`, {
    suggestions: ['--platform linux/amd64', '--platform linux/arm64'],
  });
}

/** What a Dockerfile could start from. */
function bareName(image: string): string {
  return image.replace(/^(docker:\/\/|docker-daemon:)/, '');
}

function resultOf(image: string, open: OpenImage, { judgement, works, remedies }: Inspection): InspectResult {
  const { identity } = judgement;
  return {
    image,
    digest: open.digest,
    platform: platformText(open.config.platform),
    user: open.config.user,
    verdict: judgement.verdict,
    summary: judgement.summary,
    ...(judgement.errno && { errno: judgement.errno }),
    ...(judgement.path !== undefined && { path: judgement.path }),
    ...(judgement.message !== undefined && { message: judgement.message }),
    ...(identity && { identity: { uid: identity.uid, gid: identity.gid, groups: identity.groups } }),
    argv: judgement.argv,
    workingDir: judgement.workingDir,
    chain: chainLines(judgement),
    warnings: judgement.warnings,
    remedies: remedies.map(({ changes: _, ...remedy }) => remedy),
    works,
    stale: open.stale,
  };
}
