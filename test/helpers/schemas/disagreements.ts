import type { Cause } from './api-server.ts';

/** A class of objects of which a judge says otherwise than we do; docs/lint-oracles.md says why that stays so. */
export interface Disagreement {
  id: string;
  patterns: readonly RegExp[];
}

/** What the API server refuses and the schema does not, by each of its faults: `field: message`. */
export const SERVER_REFUSES: readonly Disagreement[] = [
  {
    id: 'request-url',
    patterns: [/namespace of the provided object does not match/, /does not match event\.namespace/],
  },
  {
    id: 'other-keys-decide',
    patterns: [
      /: Required value: .*(must |one of|is required|when |valid values)/,
      /must specify (one of|at least one|API group)/,
      /(either `defaultBackend`|specifying one of|service backend is required|must be one of the container)/,
      /must (have at least one stored version|have exactly one version|include at least one of)/,
      /(^|\.)spec\.(ports|ports\[\d+\]\.name|selector|resources\[storage\]|capacity|auditAnnotations|matchConstraints\.resourceRules): Required/,
      /may (only be (used when|set for)|not be specified when)|invalid label selector/,
      /resourceFieldRef\.containerName: Required/,
      // A claim template without a name makes a volume without one.
      /^spec\.template\.spec\.volumes\[\d+\]\.(name|persistentVolumeClaim\.claimName): Required/,
      /^metadata\.name: Invalid value: ".*": must be spec\.names\.plural/,
    ],
  },
  {
    id: 'values-compared',
    patterns: [
      /(greater|less) than/,
      /`selector` does not match template/,
      /empty selector is invalid/,
      /only divisor's values|can only use volume source|must be ordered|must not be 0 for the In operator/,
      /(must|may not) be .+ when `|successThreshold: Invalid value: \d+: must be 1$/,
      /: (Not found|Duplicate value): /,
      /ratio .* is less than 1|must be positive/,
    ],
  },
  {
    id: 'own-language',
    patterns: [
      /\.(expression|schedule|timeZone|JSONPath|fieldPath): /,
      /^spec\.(validation|versions\[\d+\]\.schema)\.openAPIV3Schema/,
    ],
  },
  {
    id: 'resource-names',
    patterns: [
      /must be a standard resource/,
      /^spec\.capacity: Unsupported value/,
      /^spec\.hard\[\w+\]: .*must be an integer/,
    ],
  },
  {
    id: 'rare-rules',
    patterns: [
      /^(action|reason|reportingInstance): .*can have at most 128 characters/,
      /^spec\.drivers\[\d+\]\.nodeID: .*256 characters or less/,
      /^spec\.tokenRequests\[\d+\]\.expirationSeconds: /,
      /^spec\.dnsConfig\.searches\[\d+\]: /,
      /^spec\.securityContext\.sysctls\[\d+\]\.name: /,
      /^spec\.rules\[\d+\]\.http\.paths\[\d+\]\.path: .*must be an absolute path/,
      /^spec\.controller: /,
      /^subjects\[\d+\]\.name: /,
      /^spec\.source\.persistentVolumeName: /,
      /^endpoints\[\d+\]\.(addresses\[\d+\]|hints\.forZones\[\d+\]\.name): /,
      /^spec\.nodeAffinity\.required\.nodeSelectorTerms\[\d+\]\.matchExpressions\[\d+\]\.values/,
      /^spec\.names\.(kind|listKind): /,
      /^spec\.group: .*at least one dot/,
      /^webhooks\[\d+\]\.name: /,
    ],
  },
];

/** What we refuse and the API server does not, by the change and the field. */
export const SERVER_ACCEPTS: readonly Disagreement[] = [
  { id: 'null-in-list', patterns: [/^null at .*\[\]$/, /^null item at /] },
  { id: 'list-as-bytes', patterns: [/^(\[\]|list value) at V1(Secret|ConfigMap)\.(data|binaryData)/] },
  {
    id: 'schema-in-schema',
    patterns: [/^(misspelt|upper-case) key at V1JSONSchemaProps\.(items|additionalProperties)$/],
  },
];

/** What kubeconform refuses and the API server does not, by the change, the field and kubeconform's message. */
export const KUBECONFORM_REFUSES: readonly Disagreement[] = [
  { id: 'null-in-map', patterns: [/^null value at /, /^null at .*\{\} /] },
  { id: 'empty-word', patterns: [/^"" at .*value must be one of/s] },
  {
    id: 'absent-is-zero',
    patterns: [/^(deleted|null|empty) at .*(missing propert|got null)/s, /without some .*missing propert/s],
  },
  { id: 'zone-of-a-day', patterns: [/^"2026-01-31T12:00:00\.000.* at .*[tT]ime.*not valid/s] },
  { id: 'unchecked-words', patterns: [/ at V1DeviceToleration\.(operator|effect) /] },
];

/** The id of the first row that explains it; undefined where none does. */
export function explained(rows: readonly Disagreement[], text: string): string | undefined {
  return rows.find(({ patterns }) => patterns.some((pattern) => pattern.test(text)))?.id;
}

export function causeText({ field, message }: Cause): string {
  return `${field}: ${message}`;
}
