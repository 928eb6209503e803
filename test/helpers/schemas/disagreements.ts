import type { Cause } from './api-server.ts';

/** A kind of object of which the API server says otherwise than we do, and why that stays so: docs/lint-oracles.md. */
export interface Disagreement {
  id: string;
  matches: (text: string) => boolean;
}

const of = (id: string, pattern: RegExp): Disagreement => ({ id, matches: (text) => pattern.test(text) });

/** What the API server refuses and the schema does not, by each of its faults: `field: message`. */
export const SERVER_REFUSES: readonly Disagreement[] = [
  of('url', /the namespace of the provided object does not match|does not match event\.namespace/),
  of(
    'needs-another-key',
    /must specify|must provide|must populate|must set |must be set when|when completion mode|one of |either `|must supply|is required$|must not be empty when|when `operator`|must be one of the container|at least one|spec\.(ports|ports\[\d+\]\.name|resources\[storage\]): Required|containerName: Required|persistentVolumeClaim\.claimName: Required|volumes\[\d+\]\.name: Required/,
  ),
  of(
    'compares-fields',
    /greater than|less than|does not match|must be spec\.names|only divisor|Not found: |can only use|must be ordered|Duplicate value|must be Exists when|may not be 0 when|cannot be 0 when|successThreshold: Invalid value: \d+: must be 1$|empty selector is invalid|exactly one version|must be unset when/,
  ),
  of(
    'own-language',
    /expression: |schedule: |timeZone: |[Jj][Ss][Oo][Nn]Path: |fieldPath: |openAPIV3Schema|sysctls\[\d+\]\.name: |status\.storedVersions/,
  ),
  of('resource-kind', /standard resource|^spec\.capacity: Unsupported|^spec\.capacity: Required|must be an integer/),
  of('amount-of-nothing', /must be positive|ratio .* is less than 1/),
  of(
    'longer-rule',
    /can have at most|characters or less|no more than \d+ (characters|bytes)|Too long|domain with at least|at least one dot|domain-prefixed|three segments|apiVersion|additionalPrinterColumns|searches\[\d+\]|forZones|must be an absolute path|admissionReviewVersions|names\.(kind|listKind|shortNames|singular)|webhooks\[\d+\]\.name|subjects\[\d+\]\.name|addresses\[\d+\]|persistentVolumeName|may not specify a duration less/,
  ),
  of('generation', /^spec\.(group|names)/),
];

/** What we refuse and the API server does not, by name of the change. */
export const SERVER_ACCEPTS: readonly Disagreement[] = [
  of('null-item', /^null (item )?at .*(\[\]|$)/),
  of('list-as-bytes', /^(\[\]|list value) at V1(Secret|ConfigMap)\.(data|binaryData)/),
  of('unchecked-by-decoder', /^(misspelt|upper-case) key at V1JSONSchemaProps\.(items|additionalProperties)$/),
];

/** The first row that explains it; undefined where none does. */
export function explained(rows: readonly Disagreement[], text: string): string | undefined {
  return rows.find(({ matches }) => matches(text))?.id;
}

export function causeText({ field, message }: Cause): string {
  return `${field}: ${message}`;
}
