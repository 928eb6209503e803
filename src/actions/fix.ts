import { makeLayer } from '../adapters/images/extract.ts';
import type { OpenImage, Progress } from '../adapters/images/open-image.ts';
import { pushImage } from '../adapters/images/push.ts';
import { writeLayout } from '../adapters/images/write-layout.ts';
import type { FixResult } from '../contract.ts';
import { toText } from '../core/images/bytes.ts';
import { derive } from '../core/images/derive.ts';
import { changesFor, type Question } from '../core/images/inspect.ts';
import { type Change, dockerfileLines } from '../core/images/mend.ts';
import type { ImageSource } from '../core/images/reference.ts';
import { describeChange } from '../core/images/remedies.ts';
import { FailedError, UsageError } from '../errors.ts';
import { type ImageOptions, registryOptions } from './image-options.ts';
import { openNamedImage, sourceOf } from './inspect.ts';

export interface FixOptions {
  image: string;
  /** `oci:DIR[:TAG]`, or a reference that may be pushed to. */
  output: string;
  platform: string;
  question: Omit<Question, 'name'>;
  registry: ImageOptions;
  onProgress?: (progress: Progress) => void;
}

/** Derives an image that starts as the user: one small layer more, nothing else changed. @throws McpkError */
export async function fixImage(options: FixOptions): Promise<FixResult> {
  const target = sourceOf(options.output);
  if (target.transport !== 'oci' && (target.transport !== 'registry' || target.reference.digest !== undefined)) {
    throw new UsageError('usage.invalid', `${options.output} cannot be written to`, {
      suggestions: ['--output oci:DIR[:TAG]', '--output registry.example.com/NAME:TAG'],
    });
  }
  const open = await openNamedImage(options);
  try {
    const { judgement, changes } = changesFor(open, { ...options.question, name: options.image });
    if (!changes) {
      throw new FailedError(
        'image.cannot-fix',
        `no change of modes or attributes helps ${options.image}: ${judgement.summary}`,
        {
          suggestions: [`mcpk inspect ${options.image} shows what stands in the way`],
        },
      );
    }
    if (changes.length === 0)
      return { image: options.image, output: null, digest: open.digest, changes: [], layerBytes: 0, dockerfile: [] };
    return await write(open, changes, target, options);
  } finally {
    open.close();
  }
}

async function write(open: OpenImage, changes: Change[], target: ImageSource, options: FixOptions): Promise<FixResult> {
  const { stored } = open;
  const layer = await makeLayer(open, changes);
  const derived = derive(stored, changes, layer);
  const image = { derived, layers: stored.layers, packed: layer.packed };
  if (target.transport === 'oci')
    await writeLayout(target.path, target.tag ?? 'latest', { ...image, signal: options.registry.signal });
  else if (target.transport === 'registry') {
    const source = sourceOf(options.image);
    const from = source.transport === 'registry' ? source.reference : undefined;
    await pushImage(target.reference, { ...image, from }, registryOptions({ ...options.registry, offline: false }));
  }
  return {
    image: options.image,
    output: options.output,
    digest: derived.digest,
    changes: changes.map((change) => ({ path: toText(change.path), change: describeChange(change) })),
    layerBytes: layer.packed.length,
    dockerfile: dockerfileLines(options.image, open.config.user, changes),
  };
}
