import type { IgnoreConfig } from '../config/schema.ts';
import type { Finding, Found } from './finding.ts';

/** One thing that the user has said not to be told of. */
export interface Ignore {
  by: 'config' | 'comment';
  rules: string[];
  reason: string;
  /** Day (YYYY-MM-DD) from which on it counts no longer. */
  expires?: string;
  covers(finding: Finding): boolean;
  /** Where it is said. */
  spot: { file: string; pointer: string; line?: number; column?: number };
}

export interface Suppressed {
  found: Found;
  by: 'config' | 'comment' | 'baseline';
  reason: string;
}

/** Parts the findings into those that are told and those that are not; says which ignores served for nothing. */
export function suppress(
  all: readonly Found[],
  ignores: readonly Ignore[],
  today: string,
): { told: Found[]; suppressed: Suppressed[]; unused: Ignore[]; expired: Ignore[] } {
  const used = new Set<Ignore>();
  const told: Found[] = [];
  const suppressed: Suppressed[] = [];
  const expired = ignores.filter(({ expires }) => expires !== undefined && expires <= today);
  const alive = ignores.filter((ignore) => !expired.includes(ignore) && ignore.reason !== '');
  for (const one of all) {
    const ignore = alive.find(({ rules, covers }) => ruleMatches(rules, one.finding.rule) && covers(one.finding));
    if (ignore) {
      used.add(ignore);
      suppressed.push({ found: one, by: ignore.by, reason: ignore.reason });
    } else told.push(one);
  }
  return { told, suppressed, unused: alive.filter((ignore) => !used.has(ignore)), expired };
}

/** A rule by its id, or all of a family: `network` for `network.*`. */
export function ruleMatches(words: readonly string[], rule: string): boolean {
  return words.some((word) => word === rule || rule.startsWith(`${word}.`));
}

/** `lint.ignore` of mcpk.yaml. */
export function configIgnores(entries: readonly IgnoreConfig[], spotOf: (pointer: string) => Ignore['spot']): Ignore[] {
  return entries.map(({ rule, server, container, object, reason, expires }, i) => ({
    by: 'config',
    rules: [rule],
    reason,
    ...(expires !== undefined && { expires }),
    covers: (finding) =>
      (server === undefined || finding.server === server) &&
      (container === undefined || finding.container === container) &&
      (object === undefined || (finding.object && `${finding.object.kind}/${finding.object.name}`) === object),
    spot: spotOf(`/lint/ignore/${i}`),
  }));
}
