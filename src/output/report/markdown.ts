import type { Page } from '../../core/explain/page.ts';

/** Text of other people's files, as GitHub's Markdown shows it: nothing in it is markup. */
export function literal(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>|~#&!]/g, '\\$&');
}

/** A page of `mcpk explain`. */
export function pageMarkdown(id: string, { title, why, todo }: Page): string {
  const steps = todo.map((step) => `- ${prose(step)}`);
  return [
    `**${prose(title)}**`,
    '',
    prose(why),
    '',
    'What to do:',
    '',
    ...steps,
    '',
    `\`mcpk explain ${id}\``,
    '',
  ].join('\n');
}

/** Our own text: code between backticks is meant. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part : literal(part)))
    .join('');
}
