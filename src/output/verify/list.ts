interface ListedCheck {
  id: string;
  severity: string;
  title: string;
}

/** The checks, for --list. */
export function checkListText(checks: readonly ListedCheck[]): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${title}`);
  return `${lines.join('\n')}\n`;
}
