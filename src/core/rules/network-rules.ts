import { networkDnsRules } from './network-dns.ts';
import { networkEgressRules } from './network-egress.ts';
import { networkExposureRules } from './network-exposure.ts';
import { networkGatewayRules } from './network-gateway.ts';
import { networkIsolationRules } from './network-isolation.ts';
import { networkPolicyFormRules } from './network-policy-form.ts';
import { networkPolicyTypeRules } from './network-policy-types.ts';
import { networkSelectorRules } from './network-selectors.ts';
import type { Rule } from './rule.ts';

/** Who reaches whom. */
export const networkRules: readonly Rule[] = [
  ...networkGatewayRules,
  ...networkDnsRules,
  ...networkIsolationRules,
  ...networkEgressRules,
  ...networkPolicyTypeRules,
  ...networkPolicyFormRules,
  ...networkSelectorRules,
  ...networkExposureRules,
];
