import type { ChalkInstance } from 'chalk';
import type { DiffResult } from '../contract.ts';
import { manyLines } from './report/safe.ts';

type Entry = DiffResult['objects'][number];

/** What a deploy would do, for people. */
export function diffText(result: DiffResult, style: ChalkInstance): string {
  const { app, namespace, context, summary, objects, obstacles } = result;
  const { create, change, prune, same } = summary;
  const lines = [
    `${style.bold(app)} in namespace ${namespace} (${context}): ${create} to create, ${change} to change, ${prune} to prune, ${same} the same`,
    ...objects.flatMap((entry) => entryLines(entry, style)),
  ];
  for (const { message, suggestions } of obstacles) {
    lines.push(
      `${style.red('✖')} a deploy would fail: ${manyLines(message)}`,
      ...suggestions.map((suggestion) => `    ${style.cyan('try:')} ${manyLines(suggestion)}`),
    );
  }
  if (create + change + prune === 0 && obstacles.length === 0) lines.push('nothing to do');
  return `${lines.join('\n')}\n`;
}

function entryLines({ kind, name, action, dryRun, diff = '', conflicts = [] }: Entry, style: ChalkInstance): string[] {
  const what = `${kind} ${name}`;
  switch (action) {
    case 'same':
      return [];
    case 'prune':
      return [style.red(`- prune  ${what}`)];
    case 'create':
      return [style.green(`+ create ${what}${note(kind, dryRun)}`)];
    case 'change':
      return [
        style.yellow(`~ change ${what}${dryRun ? '' : ' (not dry-run)'}`),
        ...conflicts.map(({ field, manager }) => style.red(`    ! ${field} is set by ${manager}`)),
        ...manyLines(diff)
          .split('\n')
          // The first two name the file: the line above does so already.
          .slice(2)
          .filter((line) => line !== '')
          .map((line) => `    ${coloured(line, style)}`),
      ];
  }
}

function note(kind: string, dryRun: boolean): string {
  if (kind === 'Secret') return ' (a new random token)';
  return dryRun ? '' : ' (not dry-run)';
}

function coloured(line: string, style: ChalkInstance): string {
  if (line.startsWith('@@')) return style.cyan(line);
  if (line.startsWith('+')) return style.green(line);
  return line.startsWith('-') ? style.red(line) : line;
}
