import type { Page } from '../explain/page.ts';
import type { ConfigRule } from './config-rule.ts';
import { configRules } from './config-rules.ts';
import { IMAGE_RULINGS } from './image-rules.ts';
import { mcpRules } from './mcp-rules.ts';
import { networkRules } from './network-rules.ts';
import { type PodSecurityPolicy, podSecurityRules } from './pod-security.ts';
import { referenceRules } from './reference-rules.ts';
import { reliabilityRules } from './reliability-rules.ts';
import { removedApiRule } from './removed-api.ts';
import type { Rule } from './rule.ts';
import { READING, RULINGS, type Ruling } from './rulings.ts';
import { workloadRules } from './workload-rules.ts';

/** What mcpk's own namespaces enforce. */
const RESTRICTED: PodSecurityPolicy = { level: 'restricted', version: 'latest' };

/** Every rule about objects but those about images, which need verdicts. */
export function objectRules(policy: PodSecurityPolicy): readonly Rule[] {
  return [
    removedApiRule,
    ...podSecurityRules(policy),
    ...workloadRules,
    ...reliabilityRules,
    ...referenceRules,
    ...networkRules,
    ...mcpRules,
  ];
}

export const CONFIG_RULES: readonly ConfigRule[] = configRules;

/** Everything that lint may find, by id. */
export const ALL_RULES: readonly Ruling[] = [
  READING.config,
  READING.unresolved,
  ...RULINGS,
  ...objectRules(RESTRICTED),
  ...IMAGE_RULINGS,
  ...CONFIG_RULES,
];

export function ruleIds(): string[] {
  return ALL_RULES.map(({ id }) => id);
}

/** Pages of `mcpk explain`. */
export const rulePages: Readonly<Record<string, Page>> = Object.fromEntries(
  ALL_RULES.map(({ id, page }) => [id, page]),
);
