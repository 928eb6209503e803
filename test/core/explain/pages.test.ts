import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { checkPages } from '../../../src/core/explain/check-pages.ts';
import { errorPages } from '../../../src/core/explain/error-pages.ts';
import { imagePages } from '../../../src/core/explain/image-pages.ts';
import { lintPages } from '../../../src/core/explain/lint-pages.ts';
import { pageText } from '../../../src/core/explain/page.ts';
import { PAGES } from '../../../src/core/explain/pages.ts';
import { serverPages } from '../../../src/core/explain/server-pages.ts';
import { ruleIds } from '../../../src/core/rules/catalogue.ts';

const SOURCE = fileURLToPath(new URL('../../../src', import.meta.url));

/** Ids as they stand in the sources: codes of errors, and ids of diagnoses. */
function idsInSource(): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.startsWith('core/explain')) continue;
    const text = readFileSync(`${SOURCE}/${file}`, 'utf8');
    const patterns = [
      /new (?:Usage|Environment|Failed|Timeout)Error\(\s*'([^']+)'/g,
      /\b(?:id|code): '([a-z]+\.[a-z-]+)'/g,
      /super\('([a-z.-]+)', /g,
    ];
    for (const [, id] of patterns.flatMap((pattern) => [...text.matchAll(pattern)])) found.set(id ?? '', file);
  }
  return found;
}

it('finds ids in the sources', () => {
  expect([...idsInSource().keys()]).toEqual(
    expect.arrayContaining(['config.not-found', 'server.exec-denied', 'internal.bug', 'interrupted']),
  );
});

it('every check, diagnosis and error has a page', () => {
  const ids = new Map([...idsInSource(), ...CHECKS.map(({ id }): [string, string] => [id, 'a check'])]);
  expect([...ids].filter(([id]) => !Object.hasOwn(PAGES, id)).map(([id, file]) => `${id} (${file})`)).toEqual([]);
});

it('no id has two pages', () => {
  const folder = `${SOURCE}/core/explain`;
  const ids = readdirSync(folder).flatMap((file) =>
    [...readFileSync(`${folder}/${file}`, 'utf8').matchAll(/^ {2}'([a-z.-]+)': \{/gm)].map(([, id]) => id),
  );
  expect(ids.length).toBeGreaterThan(60);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
});

it('no rule has the id of another rule, or of anything else that has a page', () => {
  const ids = ruleIds();
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  const others = [checkPages, serverPages, errorPages, imagePages, lintPages].flatMap((pages) => Object.keys(pages));
  // The faults of a config are told as findings by lint, and as an error by every other command.
  expect(ids.filter((id) => others.includes(id))).toEqual(['config.invalid', 'config.unresolved']);
});

it('pages are short, and say what to do', () => {
  for (const [id, page] of Object.entries(PAGES)) {
    const lines = pageText(id, page).split('\n');
    expect(lines.length, id).toBeLessThan(22);
    expect(Math.max(...lines.map((line) => line.length)), id).toBeLessThanOrEqual(90);
    expect(page.todo.length, id).toBeGreaterThan(0);
  }
});
