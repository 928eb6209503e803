import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkOf } from '../../../src/core/schemas/compile.ts';
import { removedKind } from '../../../src/core/schemas/removed.ts';
import { fieldsOf, isBuiltIn, kindEntry, knownKinds } from '../../../src/core/schemas/table.ts';

const text = readFileSync(new URL('../../../src/core/schemas/kubernetes.generated.json', import.meta.url), 'utf8');
const table = JSON.parse(text) as { types: Record<string, string> };

describe('the type table', () => {
  it('has a check for every type that a field has, and for every name', () => {
    for (const type of Object.keys(table.types)) {
      for (const field of fieldsOf(type) ?? []) expect(() => checkOf(field.type), `${type}.${field.key}`).not.toThrow();
    }
    for (const { apiVersion, kind } of knownKinds()) {
      const entry = kindEntry(apiVersion, kind);
      expect(fieldsOf(entry?.type ?? '')).toBeDefined();
      if (entry?.name) expect(() => checkOf(entry.name as string)).not.toThrow();
    }
  });

  it('refuses an expression that means nothing', () => {
    expect(() => checkOf('[NoSuchType]')).toThrow('no type NoSuchType');
  });

  it('is small enough to be loaded by each lint', () => {
    expect(text.length).toBeLessThan(120_000);
  });

  it('has every kind in a version that is not gone', () => {
    expect(knownKinds().filter(({ apiVersion, kind }) => removedKind(apiVersion, kind))).toEqual([]);
  });

  it('knows which versions it has all kinds of', () => {
    expect(['v1', 'apps/v1', 'gateway.networking.k8s.io/v1', 'example.com/v1'].map(isBuiltIn)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('reads keys that must be there, and those that need not', () => {
    const fields = fieldsOf('V1ContainerPort') ?? [];
    expect(fields.find(({ key }) => key === 'containerPort')).toMatchObject({
      type: 'int32(1..65535)',
      required: true,
    });
    expect(fields.find(({ key }) => key === 'protocol')).toMatchObject({ type: 'Protocol?', required: false });
  });
});
