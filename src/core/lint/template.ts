import type { KubeObject } from '../rules/finding.ts';
import type { YamlDocument } from '../yaml/read.ts';

/** What `helm template` puts behind the marker of each document. */
const HELM_SOURCE = /^---[^\n]*\n# Source: ([^\r\n]+)/;
const KUSTOMIZE_ORIGIN = 'config.kubernetes.io/origin';

/**
 * The file that a rendered object was made from, as the tool that rendered it says: Helm always does, Kustomize with
 * `buildMetadata: [originAnnotations]`. Undefined where nothing says so.
 */
export function templateOf(document: YamlDocument | undefined, object: KubeObject | undefined): string | undefined {
  const [, helm] = HELM_SOURCE.exec(document?.text ?? '') ?? [];
  if (helm !== undefined) return helm.trim();
  const metadata = object?.data['metadata'] as { annotations?: Record<string, unknown> } | undefined;
  const origin = metadata?.annotations?.[KUSTOMIZE_ORIGIN];
  if (typeof origin !== 'string') return undefined;
  // A resource has a path; what a generator made has the file that configures it.
  return /^(?:path|configuredIn): (.+)$/m.exec(origin)?.[1];
}
