import { pointerToken } from '../config/pointer.ts';
import {
  containersOf,
  inSecurityContexts,
  type Offence,
  outcome,
  type Pod,
  type PolicyCheck,
  saysWindows,
} from './check.ts';
import { goQuoted, plural, quoted, setters, sortedSet, valuesOf } from './words.ts';

const APP_ARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';
const APP_ARMOR_TYPES = new Set(['RuntimeDefault', 'Localhost']);

interface AppArmorOffence extends Offence {
  annotation?: string;
}

export const appArmorProfile: PolicyCheck = {
  id: 'appArmorProfile',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: (pod) => outcome([...appArmorFields(pod), ...appArmorAnnotations(pod)], appArmorReason, appArmorDetail),
    },
  ],
};

function appArmorFields(pod: Pod): AppArmorOffence[] {
  const fields = inSecurityContexts(pod, ({ appArmorProfile: profile }, above) => {
    if (!profile || APP_ARMOR_TYPES.has(profile.type)) return undefined;
    const pointer = `${above}/appArmorProfile`;
    return { pointer, values: [profile.type], fix: [{ op: 'delete', pointer }] };
  });
  const order = containersOf(pod.spec).map(({ container }) => container.name);
  const rank = ({ container }: Offence) => (container === undefined ? -1 : order.indexOf(container));
  return [...fields, ...copiedFromAnnotations(pod)].sort((a, b) => rank(a) - rank(b));
}

/**
 * The API server copies a container's annotation into its field, where there is none and the pod's differs, before
 * anything checks the pod: its text then names both. As a place the annotation counts once.
 */
function copiedFromAnnotations({ metadata, spec }: Pod): AppArmorOffence[] {
  if (saysWindows(spec) || spec.securityContext?.appArmorProfile?.type === 'Unconfined') return [];
  return containersOf(spec).flatMap(({ container }) =>
    metadata.annotations?.[`${APP_ARMOR_ANNOTATION}${container.name}`] === 'unconfined' &&
    !container.securityContext?.appArmorProfile
      ? [{ container: container.name, values: ['Unconfined'] }]
      : [],
  );
}

function appArmorAnnotations({ metadata, spec }: Pod): AppArmorOffence[] {
  const names = new Set(containersOf(spec).map(({ container }) => container.name));
  return Object.entries(metadata.annotations ?? {}).flatMap(([key, value]) => {
    if (!key.startsWith(APP_ARMOR_ANNOTATION) || /^($|runtime\/default$|localhost\/)/.test(value)) return [];
    const name = key.slice(APP_ARMOR_ANNOTATION.length);
    const pointer = `/metadata/annotations/${pointerToken(key)}`;
    return [
      {
        pointer,
        annotation: `${key}=${goQuoted(value)}`,
        fix: [{ op: 'delete' as const, pointer }],
        ...(names.has(name) && { container: name }),
      },
    ];
  });
}

function appArmorValues(offences: readonly AppArmorOffence[]): string[] {
  return [...valuesOf(offences), ...sortedSet(offences.flatMap(({ annotation }) => annotation ?? []))];
}

function appArmorReason(offences: readonly AppArmorOffence[]): string {
  return plural(appArmorValues(offences), 'forbidden AppArmor profile', 'forbidden AppArmor profiles');
}

function appArmorDetail(offences: readonly AppArmorOffence[]): string {
  const fields = offences.filter(({ annotation }) => annotation === undefined);
  const annotations = offences.filter(({ annotation }) => annotation !== undefined);
  const who = [
    ...(fields.length > 0 ? [setters(fields)] : []),
    ...(annotations.length > 0 ? [plural(annotations, 'annotation', 'annotations')] : []),
  ];
  return `${who.join(' and ')} must not set AppArmor profile type to ${quoted(appArmorValues(offences))}`;
}
