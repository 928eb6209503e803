import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

/** What a command printed with --json must fit the schema that is published for it. */
export function expectContract(command: string, stdout: string): void {
  const file = new URL(`../../schemas/${command}.result.schema.json`, import.meta.url);
  const validate = new Ajv2020().compile(JSON.parse(readFileSync(file, 'utf8')));
  validate(JSON.parse(stdout));
  expect(validate.errors).toBeNull();
}
