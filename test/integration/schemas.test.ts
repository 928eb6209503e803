import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { SchemaProblem } from '../../src/core/schemas/problem.ts';
import { isBuiltIn, knownKinds } from '../../src/core/schemas/table.ts';
import { validateObject } from '../../src/core/schemas/validate.ts';
import { cluster, namespaceOf } from '../helpers/cluster.ts';
import { type ServerVerdict, serverJudge } from '../helpers/schemas/api-server.ts';
import { differences, rootsOf } from '../helpers/schemas/compare.ts';
import { type CorpusEntry, corpus } from '../helpers/schemas/corpus.ts';
import {
  causeText,
  explained,
  KUBECONFORM_REFUSES,
  SERVER_ACCEPTS,
  SERVER_REFUSES,
} from '../helpers/schemas/disagreements.ts';
import { kubeconform } from '../helpers/schemas/kubeconform.ts';
import { definitionsOf, openApiDocuments } from '../helpers/schemas/open-api.ts';
import { EXPECTED_DIFFERENCES } from '../helpers/schemas/versions.ts';
import { skipWithoutCluster } from './app-on-cluster.ts';

/** MCPK_SEED and MCPK_RUNS leave out other fields, or of more objects. */
const SEED = Number(process.env['MCPK_SEED'] ?? 20_251_125);
const THIN = Number(process.env['MCPK_RUNS'] ?? 1000);
const PARALLEL = 8;

interface Judged extends CorpusEntry {
  server: ServerVerdict;
  problems: SchemaProblem[];
}

describe.skipIf(skipWithoutCluster())('the schemas against a real API server', { timeout: 300_000 }, () => {
  it('takes what the API server takes, and refuses what it refuses for its structure', async () => {
    const judged = await judgedCorpus();
    const counts = new Counts();
    const unexplained: string[] = [];
    for (const { name, server, problems, from } of judged) {
      const ours = problems.length === 0 ? 'valid' : 'invalid';
      counts.add(`${from}: ${server.accepted ? 'accepted' : 'refused'}, ${ours} here`);
      if (server.accepted === (ours === 'valid')) continue;
      const texts = server.accepted ? [name] : textsOf(server);
      for (const text of texts) {
        const id = explained(server.accepted ? SERVER_ACCEPTS : SERVER_REFUSES, text);
        // Where the API server could not even read it, the structure is at fault, and nothing else explains it.
        if (id && (server.status !== 400 || id === 'request-url')) counts.add(id);
        else unexplained.push(`${name}: ${server.accepted ? `refused here: ${problems[0]?.message}` : text}`);
      }
    }
    console.log(`seed ${SEED}, ${judged.length} objects\n${counts}`);
    expect(unexplained).toEqual([]);
    expectAllUsed([...SERVER_REFUSES, ...SERVER_ACCEPTS], counts);
    // A corpus that is all valid, or all broken, would prove little.
    const accepted = judged.filter(({ server }) => server.accepted);
    expect(accepted.length).toBeGreaterThan(judged.length / 10);
    expect(judged.length - accepted.length).toBeGreaterThan(judged.length / 10);
    expect(
      judged.filter(({ from }) => from === 'kinds' || from === 'rendered').every(({ server }) => server.accepted),
    ).toBe(true);
  });

  it('says no less than kubeconform, and no other', async ({ skip }) => {
    const kube = await cluster();
    const program = kubeconform(await openApiDocuments(kube));
    if ('missing' in program) {
      process.stderr.write(`skipped: no kubeconform: ${program.missing}\n`);
      return skip();
    }
    const judged = await judgedCorpus();
    const counts = new Counts();
    const said = program.judge(judged.map(({ object }) => object));
    const unexplained: string[] = [];
    for (const [i, { name, server, problems }] of judged.entries()) {
      const theirs = said[i];
      counts.add(
        `${theirs === undefined ? 'valid' : 'invalid'} there, ${problems.length === 0 ? 'valid' : 'invalid'} here`,
      );
      // Where it finds nothing and we do, the API server was asked above.
      if (theirs === undefined || problems.length > 0) continue;
      const id = explained(KUBECONFORM_REFUSES, `${name} ${theirs}`);
      if (id) counts.add(id);
      else unexplained.push(`${name}, ${server.accepted ? 'accepted' : 'refused'} by the API server: ${theirs}`);
    }
    console.log(`kubeconform, ${judged.length} objects\n${counts}`);
    expect(unexplained).toEqual([]);
    expectAllUsed(KUBECONFORM_REFUSES, counts);
  });

  it('has the keys, required keys and words of the API server’s own OpenAPI', async () => {
    const definitions = definitionsOf(await openApiDocuments(await cluster()));
    const { kinds, found } = differences(definitions);
    const roots = rootsOf(definitions);
    console.log(`OpenAPI: ${kinds} kinds compared, ${found.length} differences`);
    expect(kinds).toBeGreaterThan(60);
    // What is stable in Kubernetes must be there.
    const stable = knownKinds().filter(({ apiVersion }) => isBuiltIn(apiVersion) && /(^|\/)v\d+$/.test(apiVersion));
    const names = stable.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect(names.filter((name) => !roots.has(name))).toEqual([]);
    const told = found.map(
      ({ what, field, detail }) => `${what}: ${field}${what === 'type' || what === 'words' ? ` (${detail})` : ''}`,
    );
    expect(told.filter((line) => !EXPECTED_DIFFERENCES.has(line) && !ofOurFile(line)).sort()).toEqual([]);
    expect([...EXPECTED_DIFFERENCES.keys()].filter((line) => !told.includes(line))).toEqual([]);
  });

  it('explains every disagreement in docs/lint-oracles.md', () => {
    const page = readFileSync(new URL('../../docs/lint-oracles.md', import.meta.url), 'utf8');
    const ids = [...SERVER_REFUSES, ...SERVER_ACCEPTS, ...KUBECONFORM_REFUSES].map(({ id }) => id);
    expect(ids.filter((id) => !page.includes(`\`${id}\``))).toEqual([]);
  });
});

let pending: Promise<Judged[]> | undefined;

/** The corpus with all verdicts, asked for once. */
function judgedCorpus(): Promise<Judged[]> {
  pending ??= judgeAll(corpus({ thin: THIN, seed: SEED }));
  return pending;
}

async function judgeAll(entries: readonly CorpusEntry[]): Promise<Judged[]> {
  const kube = await cluster();
  const judge = await serverJudge(kube, await namespaceOf(kube, 'it-schemas', 'privileged'));
  const judged: Judged[] = new Array(entries.length);
  const queue = entries.entries();
  await Promise.all(
    Array.from({ length: PARALLEL }, async () => {
      for (const [i, entry] of queue) {
        const server = await judge(entry.object);
        judged[i] = { ...entry, server, problems: validateObject(entry.object).problems };
      }
    }),
  );
  return judged;
}

function textsOf({ causes, message }: ServerVerdict): string[] {
  return causes.length > 0 ? causes.map(causeText) : [message];
}

/** A row that explains nothing any more is an excuse that waits for a fault. */
function expectAllUsed(rows: readonly { id: string }[], counts: Counts): void {
  expect(rows.map(({ id }) => id).filter((id) => !counts.has(id))).toEqual([]);
}

/** Keys that templates/schemas/kubernetes.yaml makes required, or optional, on purpose. */
function ofOurFile(line: string): boolean {
  const file = parse(readFileSync(new URL('../../templates/schemas/kubernetes.yaml', import.meta.url), 'utf8')) as {
    optional: Record<string, string[]>;
    fields: Record<string, Record<string, string>>;
  };
  const [, what, type = '', key = ''] = /^(required here|required there): (\w+)\.(.+)$/.exec(line) ?? [];
  if (what === 'required there') return file.optional[type]?.includes(key) ?? false;
  const own = Object.entries(file.fields).filter(([types]) => types.split(', ').includes(type));
  return what === 'required here' && own.some(([, fields]) => `${key}!` in fields);
}

class Counts {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  has(what: string): boolean {
    return this.#counts.has(what);
  }

  toString(): string {
    return [...this.#counts]
      .map(([what, count]) => `${what}: ${count}`)
      .sort()
      .join('\n');
  }
}
