import { loadCatalog } from '../adapters/catalog.ts';
import { type Concluded, conclude } from '../core/lint/conclude.ts';
import { isConfig, judgeTexts, type Read } from '../core/lint/lint.ts';
import type { ConfigRead } from '../core/lint/read-config.ts';
import { selected } from '../core/lint/run.ts';
import type { Masker } from '../core/lint/secrets.ts';
import { readManifests, soundObjects, type Text, type Unchecked } from '../core/lint/sources.ts';
import { ruleIds } from '../core/rules/catalogue.ts';
import { IMAGE_RULINGS } from '../core/rules/image-rules.ts';
import { objectSet } from '../core/rules/object-set.ts';
import type { ImageVerdicts } from './lint-images.ts';
import type { LintInput, NamedBaseline } from './lint-input.ts';
import type { LintOptions } from './lint-options.ts';

/** One round: everything read, judged, and parted into what is told and what is not. */
export interface Round {
  read: Read;
  concluded: Concluded;
  unchecked: Unchecked[];
  masker: (file: string) => Masker;
}

/** Reads texts, runs every rule that is wanted, and parts what they find. @throws InterruptedError */
export async function judgeRound(
  { texts, broken }: LintInput,
  baseline: NamedBaseline | undefined,
  options: LintOptions,
): Promise<Round> {
  const { selection, podSecurity, honourIgnores, today } = options;
  const read = await readAll(texts, options.version);
  const images = await imagesOf(read, options);
  const judged = judgeTexts(read, { selection, podSecurity, verdictOf: images.verdictOf });
  const concluded = conclude([...broken, ...judged.found], {
    ...{ honourIgnores, baseline, today, known: ruleIds() },
    ignores: [...read.manifests.ignores, ...read.configs.flatMap(({ ignores }) => ignores)],
    whole: selection.only.length === 0 && selection.skip.length === 0,
  });
  return { read, concluded, masker: judged.masker, unchecked: [...judged.unchecked, ...images.unchecked] };
}

async function readAll(texts: readonly Text[], version: string): Promise<Read> {
  const configs = texts.filter(({ text }) => isConfig(text));
  const manifests = readManifests(texts.filter((text) => !configs.includes(text)));
  const set = objectSet(soundObjects(manifests).map(({ object }) => object));
  return { configs: await readConfigs(configs, version), manifests, set };
}

/** What only configs need is loaded only for them. */
async function readConfigs(texts: readonly Text[], version: string): Promise<ConfigRead[]> {
  if (texts.length === 0) return [];
  const { readConfig } = await import('../core/lint/read-config.ts');
  const catalog = await loadCatalog();
  return texts.map((text) => readConfig(text, catalog, version));
}

async function imagesOf({ set, configs }: Read, { selection, images }: LintOptions): Promise<ImageVerdicts> {
  const isWanted = IMAGE_RULINGS.some(({ id }) => selected(selection, id));
  if (!isWanted) return { verdictOf: () => undefined, unchecked: [] };
  const { verdictsOfContainers } = await import('./lint-images.ts');
  return verdictsOfContainers([set, ...configs.flatMap(({ resolved }) => resolved?.set ?? [])], images);
}
