/** One page of `mcpk explain`. */
export interface Page {
  /** What it means, in one line. */
  title: string;
  /** Why it happens. */
  why: string;
  /** What to do, best first. */
  todo: string[];
}

export type Pages = Readonly<Record<string, Page>>;

/** Width of running text: fits a terminal of 80 columns. */
const WIDTH = 78;

/** A page as plain text. */
export function pageText(id: string, { title, why, todo }: Page): string {
  const steps = todo.flatMap((step) => wrap(step, WIDTH - 4).map((line, i) => `${i === 0 ? '  - ' : '    '}${line}`));
  return `${[`${id}: ${title}`, '', ...wrap(why, WIDTH), '', 'What to do:', ...steps].join('\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
