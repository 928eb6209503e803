import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

/**
 * The change of a text as `patch -p1` and `git apply` take it, with three lines of context. Empty where nothing changed.
 * @param name path of the file; a leading `/` or `./` is left out
 */
export function unifiedDiff(before: string, after: string, name: string): string {
  if (before === after) return '';
  const path = name.replace(/^(\.?\/)+/, '');
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, options);
  // As git does it: without a tab, patch takes a name to end at its first blank.
  return patch.replace(/^(--- a\/.* .*)\n(\+\+\+ .*)\n/, '$1\t\n$2\t\n');
}
