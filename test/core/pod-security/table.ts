import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { evaluatePodSecurity, POLICY_CHECKS, type PodSecurityLevel } from '../../../src/core/pod-security/policy.ts';

/** One pod before one check. */
export interface Row {
  /** `reason (detail)`; undefined where the check finds nothing. */
  says?: string;
  /** Over a pod with the container `a`, which says nothing. */
  spec: Partial<V1PodSpec>;
  annotations?: Record<string, string>;
  /** Minor versions of the policy; latest only where nothing is said. */
  versions?: (number | 'latest')[];
}

export const c = (name: string, more: Partial<V1Container> = {}): V1Container => ({ name, image: 'i', ...more });
export const sc = (name: string, securityContext: NonNullable<V1Container['securityContext']>): V1Container =>
  c(name, { securityContext });
export const pod = (securityContext: NonNullable<V1PodSpec['securityContext']>) => ({ securityContext });
export const volume = (name: string, source: object) => ({ name, ...source });
export const windows = { os: { name: 'windows' } };

/** A test for each row and version, by check; all checks of the level must be there. */
export function rowsOf(level: PodSecurityLevel, checks: Record<string, Record<string, Row>>): void {
  it('knows every check of the level', () => {
    expect(Object.keys(checks)).toEqual(POLICY_CHECKS.filter((check) => check.level === level).map(({ id }) => id));
  });

  describe.each(Object.entries(checks))('%s', (check, rows) => {
    const all = Object.entries(rows).flatMap(([name, row]) =>
      (row.versions ?? ['latest' as const]).map((version) => ({ name, row, version })),
    );
    it.each(all)('$name, $version', ({ row: { spec, annotations, says }, version }) => {
      const found = evaluatePodSecurity(
        { metadata: annotations ? { annotations } : {}, spec: { containers: [c('a')], ...spec } },
        level,
        version === 'latest' ? version : { minor: version },
      ).filter((one) => one.check === check);
      expect(found.map(({ reason, detail }) => `${reason} (${detail})`)).toEqual(says === undefined ? [] : [says]);
    });

    it('is seen both to find something and to find nothing', () => {
      expect(new Set(Object.values(rows).map(({ says }) => says !== undefined))).toEqual(new Set([true, false]));
    });
  });
}
