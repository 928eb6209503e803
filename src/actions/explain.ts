import type { ExplainResult } from '../contract.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { pageText } from '../core/explain/page.ts';
import { PAGES } from '../core/explain/pages.ts';
import { UsageError } from '../errors.ts';

/** The page of an id; without an id, the list of all. @throws UsageError for an unknown id */
export function explain(id: string | undefined): ExplainResult {
  const ids = Object.keys(PAGES).sort();
  if (id === undefined) return { id: 'all', text: list(ids) };
  // Reports name a check together with its server.
  const plain = id.replace(/\[[^\]]*\]$/, '');
  const page = Object.hasOwn(PAGES, plain) ? PAGES[plain] : undefined;
  if (page) return { id: plain, text: pageText(plain, page) };
  throw new UsageError('explain.unknown-id', `there is no page ${id}`, {
    suggestions: [...near(plain, ids).map((other) => `mcpk explain ${other}`), 'mcpk explain lists all'],
  });
}

function list(ids: string[]): string {
  const width = Math.max(...ids.map((id) => id.length));
  return `${ids.map((id) => `${id.padEnd(width)}  ${PAGES[id]?.title ?? ''}`).join('\n')}\n`;
}

/** People remember the end of an id and forget its beginning. */
function near(id: string, ids: string[]): string[] {
  const whole = didYouMean(id, ids);
  if (whole.length > 0) return whole;
  const ends = new Map(ids.map((other) => [other.slice(other.lastIndexOf('.') + 1), other]));
  return didYouMean(id, [...ends.keys()]).flatMap((end) => ends.get(end) ?? []);
}
