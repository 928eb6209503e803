import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/**
 * The change of a text as `patch -p1` and `git apply` take it, with three lines of context. Empty where nothing changed.
 * @param name path of the file; a leading `/` or `./` is left out
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return '';
  const path = name.replace(/^(\.?\/)+/, '');
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, options);
}
