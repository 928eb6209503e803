import type { ChalkInstance } from 'chalk';
import type { Problem } from '../core/problem.ts';
import { BugError, type McpkError } from '../errors.ts';

/** Many faults at once hide the first one. */
const MAX_PROBLEMS = 20;

/** An error as people read it: what, where, and what to do next. Ends in a newline. */
export function errorText(error: McpkError, style: ChalkInstance): string {
  const lines = [`${style.red('Error:')} ${error.message}`];
  for (const problem of error.problems.slice(0, MAX_PROBLEMS)) lines.push('', ...problemLines(problem, style));
  const hidden = error.problems.length - MAX_PROBLEMS;
  if (hidden > 0) lines.push('', `  ... and ${hidden} more`);
  if (error.suggestions.length > 0) {
    lines.push('', ...error.suggestions.map((suggestion) => `  ${style.cyan('try:')} ${suggestion}`));
  }
  if (error instanceof BugError) lines.push('', style.dim(error.stack ?? ''));
  else lines.push('', style.dim(`  more: mcpk explain ${error.code}`));
  return `${lines.join('\n')}\n`;
}

function problemLines(problem: Problem, style: ChalkInstance): string[] {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(':');
  const lines = [`${place ? `${style.bold(place)}: ` : ''}${problem.message}`];
  if (problem.frame) lines.push(...problem.frame.split('\n').map((line) => style.dim(`  ${line}`)));
  if (problem.suggestion) lines.push(`  ${style.cyan('try:')} ${problem.suggestion}`);
  return lines;
}
