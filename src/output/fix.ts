import type { ChalkInstance } from 'chalk';
import type { FixResult } from '../contract.ts';

export function fixText(result: FixResult, style: ChalkInstance): string {
  if (result.output === null) return `${result.image} needs no fix: mcpk inspect says what it is about\n`;
  const lines = [
    `${style.green('Wrote')} ${result.output}: ${result.image} with one layer more (${result.layerBytes} bytes)`,
    `  ${result.digest}`,
    ...result.changes.map(({ change }) => `  ${change}`),
    'The same as a Dockerfile, to send upstream:',
    ...result.dockerfile.map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}
