import { expect, it } from 'vitest';
import { readManifests } from '../../../src/core/lint/sources.ts';

/** A Service with a key that there is not, so that something is found in it. */
const service = (annotations = '') =>
  `apiVersion: v1\nkind: Service\nmetadata:\n  name: web${annotations}\nspec:\n  prots: []\n`;

const templatesOf = (text: string) =>
  readManifests([{ file: '-', text, named: true }]).found.map(({ finding }) => finding.template);

it.each([
  ['Helm’s comment', `---\n# Source: web/templates/service.yaml\n${service()}`, 'web/templates/service.yaml'],
  [
    'Kustomize’s annotation',
    service('\n  annotations:\n    config.kubernetes.io/origin: |\n      path: web.yaml\n'),
    'web.yaml',
  ],
  ['nothing', `---\n# A comment\n${service()}`, undefined],
])('a finding names the template that %s names', (_, text, template) => {
  expect(templatesOf(text)).toEqual([template]);
});
