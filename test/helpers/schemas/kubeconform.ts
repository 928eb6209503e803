import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { goProgram, KUBECONFORM, kubeconformSchemas, schemaLocation } from '../../../scripts/bench/linters.mjs';
import type { CorpusObject } from './kinds.ts';

interface Reported {
  filename: string;
  status: 'statusValid' | 'statusInvalid' | 'statusError' | 'statusSkipped' | 'statusEmpty';
  msg: string;
}

/** What kubeconform says of objects, in their order: undefined where it finds nothing. */
export type Kubeconform = (objects: readonly CorpusObject[]) => (string | undefined)[];

/** Builds kubeconform where it is not yet there, and the schemas that it reads. @param openApi documents of version 3 */
export function kubeconform(openApi: object[]): { judge: Kubeconform } | { missing: string } {
  const program = goProgram(KUBECONFORM);
  if ('missing' in program) return program;
  return { judge: (objects) => inFolder((folder) => judge(program.path, folder, openApi, objects)) };
}

function inFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'mcpk-kubeconform-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function judge(program: string, folder: string, openApi: object[], objects: readonly CorpusObject[]) {
  const [schemas, manifests] = [join(folder, 'schemas'), join(folder, 'manifests')];
  for (const made of [schemas, manifests]) mkdirSync(made);
  for (const [file, schema] of kubeconformSchemas(openApi)) writeFileSync(join(schemas, file), JSON.stringify(schema));
  for (const [i, object] of objects.entries()) writeFileSync(join(manifests, `${i}.json`), JSON.stringify(object));
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', schemaLocation(schemas), manifests];
  const { stdout, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (error) throw error;
  const said = new Map((JSON.parse(stdout) as { resources: Reported[] }).resources.map((one) => [one.filename, one]));
  return objects.map((_, i) => {
    const one = said.get(join(manifests, `${i}.json`));
    // A skipped object, or one without a schema, is no verdict.
    if (
      !one ||
      (one.status !== 'statusValid' &&
        one.status !== 'statusInvalid' &&
        !/unmarshal|parse|missing|reading/.test(one.msg))
    ) {
      throw new Error(`kubeconform has no verdict on ${JSON.stringify(objects[i])}: ${one?.status} ${one?.msg}`);
    }
    return one.status === 'statusValid' ? undefined : one.msg;
  });
}
