import { pointerToken } from '../config/pointer.ts';
import type { Edit } from '../yaml/edit.ts';
import {
  type AnySecurityContext,
  containersOf,
  type Evaluate,
  inSecurityContexts,
  type Offence,
  outcome,
  type Pod,
  type PolicyCheck,
  saysWindows,
  unless,
} from './check.ts';
import { inheritedOutcome } from './inherited.ts';
import { goQuoted, plural, quoted, setters, valuesOf } from './words.ts';

const POD_ANNOTATION = 'seccomp.security.alpha.kubernetes.io/pod';
const annotationOf = (container: string) => `container.seccomp.security.alpha.kubernetes.io/${container}`;
const annotationPointer = (key: string) => `/metadata/annotations/${pointerToken(key)}`;

const ALLOWED_TYPES = new Set(['RuntimeDefault', 'Localhost']);

const forbiddenAnnotations: Evaluate = (pod) => {
  const annotations = pod.metadata.annotations ?? {};
  const keys = [POD_ANNOTATION, ...containersOf(pod.spec).map(({ container }) => annotationOf(container.name))];
  return outcome(
    keys.flatMap((key): Offence[] => {
      const value = annotations[key];
      if (value === undefined || /^(runtime\/default$|docker\/default$|localhost\/)/.test(value)) return [];
      const pointer = annotationPointer(key);
      return [{ pointer, values: [`${key}=${goQuoted(value)}`], fix: [{ op: 'delete', pointer }] }];
    }),
    () => 'seccompProfile',
    (offences) => {
      const forbidden = valuesOf(offences);
      return `forbidden ${plural(forbidden, 'annotation', 'annotations')} ${forbidden.join(', ')}`;
    },
  );
};

/** What a context says, and whether that is one of the allowed types. */
function profileOf({ seccompProfile }: AnySecurityContext): { allowed: boolean; values: string[] } | undefined {
  return seccompProfile && { allowed: ALLOWED_TYPES.has(seccompProfile.type), values: [seccompProfile.type] };
}

/** The default profile; a pod's or container's annotation that says otherwise would make the API server refuse the pod. */
function curedProfile({ metadata, spec }: Pod, pointer: string, container: string | undefined): Edit[] {
  const podSays = spec.securityContext && profileOf(spec.securityContext);
  if (container !== undefined && podSays?.allowed) return [{ op: 'delete', pointer }];
  const key = container === undefined ? POD_ANNOTATION : annotationOf(container);
  return [
    { op: 'set', pointer, value: { type: 'RuntimeDefault' } },
    ...(metadata.annotations?.[key] === undefined ? [] : [{ op: 'delete' as const, pointer: annotationPointer(key) }]),
  ];
}

const mustNot = (who: string, offences: readonly Offence[]) =>
  `${who} must not set securityContext.seccompProfile.type to ${quoted(valuesOf(offences))}`;

const forbiddenFields: Evaluate = (pod) =>
  outcome(
    inSecurityContexts(pod, (context, above, container) => {
      const said = profileOf(context);
      if (!said || said.allowed) return undefined;
      const pointer = `${above}/seccompProfile`;
      return { pointer, values: said.values, fix: curedProfile(pod, pointer, container) };
    }),
    () => 'seccompProfile',
    (offences) => mustNot(setters(offences), offences),
  );

const unconfined: Evaluate = (pod) =>
  inheritedOutcome(pod, {
    field: 'seccompProfile',
    reason: 'seccompProfile',
    read: profileOf,
    mustNot,
    must: (who) => `${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    cure: (pointer, container) => curedProfile(pod, pointer, container),
  });

export const seccompBaseline: PolicyCheck = {
  id: 'seccompProfile_baseline',
  level: 'baseline',
  revisions: [
    { minor: 0, evaluate: forbiddenAnnotations },
    { minor: 19, evaluate: forbiddenFields },
  ],
};

export const seccompRestricted: PolicyCheck = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  overrides: 'seccompProfile_baseline',
  revisions: [
    { minor: 19, evaluate: unconfined },
    { minor: 25, evaluate: unless(saysWindows, unconfined) },
  ],
};
