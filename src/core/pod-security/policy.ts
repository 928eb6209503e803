import { appArmorProfile } from './app-armor.ts';
import {
  type Evaluate,
  inSecurityContexts,
  type Outcome,
  type Pod,
  type PodSecurityLevel,
  type PodSecurityPlace,
  type PolicyCheck,
  saysWindows,
} from './check.ts';
import { hostNamespaces, hostPorts, hostProbesAndHostLifecycle, windowsHostProcess } from './host.ts';
import {
  allowPrivilegeEscalation,
  capabilitiesBaseline,
  capabilitiesRestricted,
  privileged,
  procMount,
  procMountRestricted,
} from './privileges.ts';
import { seLinuxOptions } from './se-linux.ts';
import { seccompBaseline, seccompRestricted } from './seccomp.ts';
import { sysctls } from './sysctls.ts';
import { runAsNonRoot, runAsUser } from './user.ts';
import { hostPathVolumes, restrictedVolumes } from './volumes.ts';

export type { PodSecurityLevel, PodSecurityPlace } from './check.ts';

/** Of the policy, as a namespace's label `enforce-version` says it: v1.N or latest. */
export type PolicyVersion = { minor: number } | 'latest';

export interface PodSecurityViolation extends Outcome {
  /** The id in k8s.io/pod-security-admission. */
  check: string;
  level: PodSecurityLevel;
}

/** In the order of the text: baseline before restricted, then by id. Source: k8s.io/pod-security-admission v0.35. */
export const POLICY_CHECKS: readonly PolicyCheck[] = [
  appArmorProfile,
  capabilitiesBaseline,
  hostNamespaces,
  hostPathVolumes,
  hostPorts,
  hostProbesAndHostLifecycle,
  privileged,
  procMount,
  seLinuxOptions,
  seccompBaseline,
  sysctls,
  windowsHostProcess,
  allowPrivilegeEscalation,
  capabilitiesRestricted,
  procMountRestricted,
  restrictedVolumes,
  runAsNonRoot,
  runAsUser,
  seccompRestricted,
];

/**
 * How each check that is in force evaluates a pod. A version newer than the newest revision is the same as that one;
 * a restricted check takes the place of the baseline check that it is stricter than.
 */
export function checksInForce(level: PodSecurityLevel, version: PolicyVersion): Map<PolicyCheck, Evaluate> {
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : version.minor;
  const inForce = new Map<PolicyCheck, Evaluate>();
  for (const check of POLICY_CHECKS) {
    const revision = check.revisions.findLast((one) => one.minor <= minor);
    if (!revision || (check.level === 'restricted' && level === 'baseline')) continue;
    inForce.set(check, (pod) => fixedOnLinux(pod, revision.evaluate(pod)));
  }
  const overridden = new Set([...inForce.keys()].flatMap(({ overrides }) => overrides ?? []));
  for (const check of inForce.keys()) if (overridden.has(check.id)) inForce.delete(check);
  return inForce;
}

/** The API server takes most of what the fixes set for no pod of Windows, and no host process without its network. */
function fixedOnLinux(pod: Pod, found: Outcome | undefined): Outcome | undefined {
  if (!found || !(saysWindows(pod.spec) || hasHostProcess(pod))) return found;
  return { ...found, places: found.places.map(({ fix: _, ...place }): PodSecurityPlace => place) };
}

function hasHostProcess(pod: Pod): boolean {
  return inSecurityContexts(pod, ({ windowsOptions }) => (windowsOptions?.hostProcess ? {} : undefined)).length > 0;
}

/** What Pod Security forbids in a pod, in the order of the API server's text; empty: the pod is admitted. */
export function evaluatePodSecurity(pod: Pod, level: PodSecurityLevel, version: PolicyVersion): PodSecurityViolation[] {
  return [...checksInForce(level, version)].flatMap(([check, evaluate]) => {
    const found = evaluate(pod);
    return found ? [{ check: check.id, level: check.level, ...found }] : [];
  });
}

/**
 * The text about a pod with at least one violation: after `is forbidden: ` in the API server's error with `violates`,
 * in its warnings and audit annotations with `would violate`.
 */
export function violationText(
  level: PodSecurityLevel,
  version: PolicyVersion,
  violations: readonly PodSecurityViolation[],
  verb: 'violates' | 'would violate' = 'violates',
): string {
  const policy = `${level}:${version === 'latest' ? version : `v1.${version.minor}`}`;
  return `${verb} PodSecurity "${policy}": ${violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ')}`;
}
