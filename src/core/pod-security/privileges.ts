import type { V1Container } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';
import {
  type Evaluate,
  inContainers,
  inUserNamespace,
  type Offence,
  outcome,
  type PolicyCheck,
  saysWindows,
  unless,
} from './check.ts';
import { containerNames, containersNamed, quoted, valuesOf } from './words.ts';

export const privileged: PolicyCheck = {
  id: 'privileged',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: (pod) =>
        outcome(
          inContainers(pod, ({ securityContext }, pointer) => {
            const own = `${pointer}/securityContext/privileged`;
            return securityContext?.privileged
              ? { pointer: own, fix: [{ op: 'delete' as const, pointer: own }] }
              : undefined;
          }),
          () => 'privileged',
          (offences) => `${containersNamed(containerNames(offences))} must not set securityContext.privileged=true`,
        ),
    },
  ],
};

const mayEscalate: Evaluate = (pod) =>
  outcome(
    inContainers(pod, ({ securityContext }, pointer) => {
      const own = `${pointer}/securityContext/allowPrivilegeEscalation`;
      return securityContext?.allowPrivilegeEscalation === false
        ? undefined
        : { pointer: own, fix: [{ op: 'set' as const, pointer: own, value: false }] };
    }),
    () => 'allowPrivilegeEscalation != false',
    (offences) =>
      `${containersNamed(containerNames(offences))} must set securityContext.allowPrivilegeEscalation=false`,
  );

export const allowPrivilegeEscalation: PolicyCheck = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  revisions: [
    { minor: 8, evaluate: mayEscalate },
    { minor: 25, evaluate: unless(saysWindows, mayEscalate) },
  ],
};

/** What container runtimes give by default, NET_RAW left out. */
export const DEFAULT_CAPABILITIES = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

export const capabilitiesBaseline: PolicyCheck = {
  id: 'capabilities_baseline',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: (pod) =>
        outcome(
          inContainers(pod, (container, pointer) =>
            addsBeyond((name) => DEFAULT_CAPABILITIES.has(name), container, pointer),
          ),
          () => 'non-default capabilities',
          adding,
        ),
    },
  ],
};

const unrestricted: Evaluate = (pod) =>
  outcome(
    inContainers(pod, (container, pointer) => [
      ...keepsCapabilities(container, pointer),
      ...addsBeyond((name) => name === 'NET_BIND_SERVICE', container, pointer),
    ]),
    () => 'unrestricted capabilities',
    (offences) => {
      const keeping = containerNames(offences.filter(({ values }) => !values));
      const forbidden = offences.filter(({ values }) => values);
      return [
        ...(keeping.length > 0
          ? [`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`]
          : []),
        ...(forbidden.length > 0 ? [adding(forbidden)] : []),
      ].join('; ');
    },
  );

export const capabilitiesRestricted: PolicyCheck = {
  id: 'capabilities_restricted',
  level: 'restricted',
  overrides: 'capabilities_baseline',
  revisions: [
    { minor: 22, evaluate: unrestricted },
    { minor: 25, evaluate: unless(saysWindows, unrestricted) },
  ],
};

function adding(offences: readonly Offence[]): string {
  const names = containersNamed(containerNames(offences));
  return `${names} must not include ${quoted(valuesOf(offences))} in securityContext.capabilities.add`;
}

function keepsCapabilities({ securityContext }: V1Container, pointer: string): Offence[] {
  if (securityContext?.capabilities?.drop?.includes('ALL')) return [];
  const own = `${pointer}/securityContext/capabilities/drop`;
  return [{ pointer: own, fix: [{ op: 'set', pointer: own, value: ['ALL'] }] }];
}

function addsBeyond(allowed: (name: string) => boolean, { securityContext }: V1Container, pointer: string): Offence[] {
  const add = securityContext?.capabilities?.add ?? [];
  const values = add.filter((name) => !allowed(name));
  if (values.length === 0) return [];
  const own = `${pointer}/securityContext/capabilities/add`;
  const kept = add.filter(allowed);
  const edit: Edit = kept.length > 0 ? { op: 'set', pointer: own, value: kept } : { op: 'delete', pointer: own };
  return [{ pointer: own, values, fix: [edit] }];
}

const unmasked: Evaluate = (pod) =>
  outcome(
    inContainers(pod, ({ securityContext }, pointer) => {
      const type = securityContext?.procMount;
      return type === undefined || type === 'Default'
        ? undefined
        : { pointer: `${pointer}/securityContext/procMount`, values: [type] };
    }),
    () => 'procMount',
    (offences) =>
      `${containersNamed(containerNames(offences))} must not set securityContext.procMount to ${quoted(valuesOf(offences))}`,
  );

export const procMount: PolicyCheck = {
  id: 'procMount',
  level: 'baseline',
  revisions: [
    { minor: 0, evaluate: unmasked },
    { minor: 35, evaluate: unless(inUserNamespace, unmasked) },
  ],
};

export const procMountRestricted: PolicyCheck = {
  id: 'procMount_restricted',
  level: 'restricted',
  overrides: 'procMount',
  revisions: [{ minor: 35, evaluate: unmasked }],
};
