import type { Page } from '../explain/page.ts';
import type { Severity } from './finding.ts';

/** What reading finds, before any rule looks at an object. */
export interface Ruling {
  id: string;
  severity: Severity;
  page: Page;
}

const ruling = (id: string, severity: Severity, page: Page): Ruling => ({ id, severity, page });

export const READING = {
  syntax: ruling('yaml.syntax', 'error', {
    title: 'the file is no YAML',
    why: 'Nothing in this document was looked at, and kubectl will refuse it too.',
    todo: ['mend the text at the place that is shown', 'indent with spaces, never with tabs'],
  }),
  'duplicate-key': ruling('yaml.duplicate-key', 'error', {
    title: 'a key stands twice in one mapping',
    why: 'Readers of YAML keep one of the two without a word, and not all keep the same one; the API server refuses it in strict mode.',
    todo: ['keep one of the two keys'],
  }),
  aliases: ruling('yaml.aliases', 'error', {
    title: 'aliases multiply to more than can be looked at',
    why: 'A few anchors that refer to each other stand for billions of nodes. The API server refuses such a text as well.',
    todo: ['write the values out instead of using aliases'],
  }),
  template: ruling('yaml.template', 'error', {
    title: 'the file is a template that was not rendered',
    why: 'Helm templates become manifests only with their values; as they are nothing can be said of them.',
    todo: ['helm template RELEASE CHART | mcpk lint -', 'name the rendered files instead of the chart’s templates'],
  }),
  encoding: ruling('yaml.encoding', 'error', {
    title: 'the file is not UTF-8 text',
    why: 'Kubernetes reads manifests as UTF-8.',
    todo: ['save the file as UTF-8'],
  }),
  object: ruling('schema.no-object', 'error', {
    title: 'a document is no Kubernetes object',
    why: 'Every object says its apiVersion and its kind; without them kubectl cannot tell what it is.',
    todo: ['add apiVersion and kind', 'leave files that are no manifests out'],
  }),
  'unknown-key': ruling('schema.unknown-key', 'error', {
    title: 'a key that this kind does not have',
    why: 'Without strict validation the API server drops it without a word, so what it was to say has no effect.',
    todo: ['correct the key: `kubectl explain KIND` lists those that there are'],
  }),
  'wrong-type': ruling('schema.wrong-type', 'error', {
    title: 'a value of the wrong type',
    why: 'The API server refuses the object. A number or yes and no where text is wanted need quotes.',
    todo: ['give the value the type that is named'],
  }),
  'missing-key': ruling('schema.missing-key', 'error', {
    title: 'a key that must be there is not',
    why: 'The API server refuses the object without it.',
    todo: ['add the key'],
  }),
  'bad-value': ruling('schema.bad-value', 'error', {
    title: 'a value that is not allowed',
    why: 'It has the right type and is none of the values, or not of the form, that the API server takes.',
    todo: ['take one of the values that are named'],
  }),
  config: ruling('config.invalid', 'error', {
    title: 'the config file has faults',
    why: 'mcpk takes a config as a whole: an unknown key or a wrong value would otherwise be a default that nobody asked for.',
    todo: [
      'each problem is shown with its line and what to write instead',
      'the schema named in the first line lets your editor complete and check the file',
    ],
  }),
  unresolved: ruling('config.unresolved', 'error', {
    title: 'the config leaves something open',
    why: 'A server needs an image and a command; those that the catalog does not know have to say them.',
    todo: ['add image and command to the server', 'mcpk list --catalog shows what the catalog knows'],
  }),
} as const;

/** About lint itself: what it was told not to say. */
export const LINTING = {
  unused: ruling('lint.unused-ignore', 'warning', {
    title: 'an ignore that nothing needs',
    why: 'What it was to hide is gone, or its words fit nothing. Left in place it would hide the next fault of that kind.',
    todo: ['remove it', 'or correct its rule, server or object'],
  }),
  expired: ruling('lint.expired-ignore', 'warning', {
    title: 'an ignore whose day has come',
    why: 'It was meant to last until that day; what it hid is told again.',
    todo: ['mend what it hid', 'or give it a new day and a reason for that'],
  }),
  reasonless: ruling('lint.ignore-without-reason', 'error', {
    title: 'an ignore without a reason',
    why: 'Whoever reads it later cannot tell whether it still holds, so it does not count.',
    todo: ['# mcpk-ignore RULE: why it may be so', 'optionally with an end: # mcpk-ignore RULE until 2027-01-31: why'],
  }),
  unknown: ruling('lint.unknown-rule', 'warning', {
    title: 'an ignore names a rule that there is not',
    why: 'It hides nothing.',
    todo: ['mcpk explain lists the ids'],
  }),
  stale: ruling('lint.stale-baseline', 'info', {
    title: 'the baseline holds what is mended',
    why: 'Entries that nothing matches would hide the same fault if it came back.',
    todo: ['mcpk lint --write-baseline FILE writes it anew'],
  }),
} as const;

export const RULINGS: readonly Ruling[] = [
  ...Object.values(READING).filter(({ id }) => !id.startsWith('config.')),
  ...Object.values(LINTING),
];
