import { openImage } from '../adapters/images/open-image.ts';
import { settingsOf } from '../core/images/container-settings.ts';
import { inspectContainer } from '../core/images/inspect.ts';
import { parseSource } from '../core/images/reference.ts';
import type { Unchecked } from '../core/lint/sources.ts';
import type { ContainerVerdict, VerdictOf } from '../core/rules/image-rules.ts';
import type { ContainerView, ObjectSet } from '../core/rules/object-set.ts';
import { McpkError } from '../errors.ts';
import { registryOptions } from './image-options.ts';
import { platformOf } from './inspect.ts';
import type { LintImageOptions } from './lint-options.ts';

export interface ImageVerdicts {
  verdictOf: VerdictOf;
  /** What was asked for and could not be looked at. */
  unchecked: Unchecked[];
}

type Answer = ContainerVerdict | { unchecked: string };

/** What the images of all containers say. An image that cannot be had stops nothing. @throws InterruptedError */
export async function verdictsOfContainers(
  sets: readonly ObjectSet[],
  options: LintImageOptions,
): Promise<ImageVerdicts> {
  const answers = new Map<string, Answer>();
  const unchecked: Unchecked[] = [];
  for (const { containers } of sets) {
    for (const view of containers) {
      const { image } = view.container;
      if (!image || view.kind === 'ephemeral' || answers.has(keyOf(view))) continue;
      const answer = await answerFor(view, image, options);
      answers.set(keyOf(view), answer);
      if ('unchecked' in answer && options.ask) unchecked.push(uncheckedImage(view, image, answer.unchecked));
    }
  }
  return {
    unchecked,
    verdictOf: (view) => {
      const answer = answers.get(keyOf(view));
      return answer && 'verdict' in answer ? answer : undefined;
    },
  };
}

/** Containers that ask the same of the same image get the same answer. */
function keyOf(view: ContainerView): string {
  return JSON.stringify([view.container.image, settingsOf(view)]);
}

async function answerFor(view: ContainerView, name: string, options: LintImageOptions): Promise<Answer> {
  const parsed = parseSource(name);
  if (!parsed.ok || parsed.source.transport !== 'registry') return { unchecked: `${name} is no image of a registry` };
  const asked = registryOptions(options);
  try {
    const image = await openImage(parsed.source, {
      ...asked,
      offline: asked.offline || !options.ask,
      platform: platformOf(options.platform),
    });
    try {
      const { judgement, works, remedies } = inspectContainer(image, settingsOf(view), name);
      const { verdict, summary, warnings } = judgement;
      if (verdict === 'unchecked') return { unchecked: summary };
      return {
        verdict,
        summary: `${name}: ${verdict === 'risky' ? warnings.join('; ') : summary}`,
        remedies: remedies.map(({ title }) => title),
        works,
      };
    } finally {
      image.close();
    }
  } catch (error) {
    options.signal.throwIfAborted();
    if (!(error instanceof McpkError)) throw error;
    return { unchecked: error.message };
  }
}

function uncheckedImage({ pod, pointer }: ContainerView, name: string, reason: string): Unchecked {
  const { origin } = pod.object;
  return { what: 'image', name, reason, file: origin.file, ...origin.locate(`${pointer}/image`) };
}
