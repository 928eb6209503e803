import { settingsOf } from '../core/images/container-settings.ts';
import { inspectContainer } from '../core/images/inspect.ts';
import type { Image } from '../core/images/judge.ts';
import { parseSource } from '../core/images/reference.ts';
import type { Unchecked } from '../core/lint/sources.ts';
import type { ContainerVerdict, VerdictOf } from '../core/rules/image-rules.ts';
import type { ContainerView, ObjectSet } from '../core/rules/object-set.ts';
import { imageJudge, type NotJudged, reasonOf } from './judge-image.ts';
import type { LintImageOptions } from './lint-options.ts';

export interface ImageVerdicts {
  verdictOf: VerdictOf;
  /** What was asked for and could not be looked at. */
  unchecked: Unchecked[];
}

type Answer = ContainerVerdict | NotJudged;

/** What the images of all containers say. An image that cannot be had stops nothing. @throws InterruptedError */
export async function verdictsOfContainers(
  sets: readonly ObjectSet[],
  options: LintImageOptions,
): Promise<ImageVerdicts> {
  const judge = imageJudge({ ...options, offline: options.offline || !options.ask });
  const answers = new Map<string, Answer>();
  const unchecked: Unchecked[] = [];
  for (const { containers } of sets) {
    for (const view of containers) {
      const { image } = view.container;
      if (!image || view.kind === 'ephemeral' || answers.has(keyOf(view))) continue;
      const answer = isOfRegistry(image)
        ? await judge(image, (opened) => answerFor(view, image, opened))
        : { unchecked: `${image} is no image of a registry` };
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

/** Somebody's manifest must not make this command open files or daemons of the machine. */
function isOfRegistry(image: string): boolean {
  const parsed = parseSource(image);
  return parsed.ok && parsed.source.transport === 'registry';
}

/** Containers that ask the same of the same image get the same answer. */
function keyOf(view: ContainerView): string {
  return JSON.stringify([view.container.image, settingsOf(view)]);
}

function answerFor(view: ContainerView, name: string, image: Image): Answer {
  const { judgement, works, remedies } = inspectContainer(image, settingsOf(view), name);
  const { verdict, summary } = judgement;
  if (verdict === 'unchecked') return { unchecked: summary };
  const titles = remedies.map(({ title }) => title);
  return { verdict, summary: `${name}: ${reasonOf(judgement)}`, remedies: titles, works };
}

function uncheckedImage({ pod, pointer }: ContainerView, name: string, reason: string): Unchecked {
  const { origin } = pod.object;
  return { what: 'image', name, reason, file: origin.file, ...origin.locate(`${pointer}/image`) };
}
