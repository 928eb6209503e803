import type { V1Container, V1Probe } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';
import { inContainers, inSecurityContexts, type Offence, outcome, type PolicyCheck } from './check.ts';
import { containerNames, containersNamed, plural, quoted, setters, sortedSet, valuesOf } from './words.ts';

const HOST_NAMESPACES = ['hostNetwork', 'hostPID', 'hostIPC'] as const;

export const hostNamespaces: PolicyCheck = {
  id: 'hostNamespaces',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: ({ spec }) =>
        outcome(
          HOST_NAMESPACES.filter((field) => spec[field]).map((field) => ({
            pointer: `/spec/${field}`,
            values: [`${field}=true`],
            fix: [{ op: 'delete' as const, pointer: `/spec/${field}` }],
          })),
          () => 'host namespaces',
          (offences) => offences.flatMap(({ values }) => values).join(', '),
        ),
    },
  ],
};

export const hostPorts: PolicyCheck = {
  id: 'hostPorts',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: (pod) =>
        outcome(
          inContainers(pod, (container, pointer) => portsOnHost(container, pointer, pod.spec.hostNetwork === true)),
          () => 'hostPort',
          (offences) => {
            const names = containerNames(offences);
            const ports = valuesOf(offences);
            const use = plural(names, 'uses', 'use');
            return `${containersNamed(names)} ${use} ${plural(ports, 'hostPort', 'hostPorts')} ${ports.join(', ')}`;
          },
        ),
    },
  ],
};

/** In the host's network the API server makes every port a host port, before anything checks the pod. */
function portsOnHost({ ports = [] }: V1Container, pointer: string, hostNetwork: boolean): Offence[] {
  const leaveNetwork: Edit[] = hostNetwork ? [{ op: 'delete', pointer: '/spec/hostNetwork' }] : [];
  return ports.flatMap(({ containerPort, hostPort }, i) => {
    const own = `${pointer}/ports/${i}/hostPort`;
    if (hostPort)
      return [{ pointer: own, values: [`${hostPort}`], fix: [{ op: 'delete', pointer: own }, ...leaveNetwork] }];
    return hostNetwork ? [{ pointer: `${pointer}/ports/${i}`, values: [`${containerPort}`], fix: leaveNetwork }] : [];
  });
}

export const hostProbesAndHostLifecycle: PolicyCheck = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  revisions: [
    {
      minor: 34,
      evaluate: (pod) =>
        outcome(
          inContainers(pod, hostsAsked),
          () => 'probe or lifecycle host',
          (offences) => {
            // The only check that sorts its containers.
            const names = sortedSet(containerNames(offences));
            const hosts = valuesOf(offences);
            const what = plural(hosts, 'probe or lifecycle host', 'probe or lifecycle hosts');
            return `${containersNamed(names)} ${plural(names, 'uses', 'use')} ${what} ${quoted(hosts)}`;
          },
        ),
    },
  ],
};

type Handler = Pick<V1Probe, 'httpGet' | 'tcpSocket'> | undefined;

function hostsAsked(container: V1Container, pointer: string): Offence[] {
  const handlers: [at: string, Handler][] = [
    ['livenessProbe', container.livenessProbe],
    ['readinessProbe', container.readinessProbe],
    ['startupProbe', container.startupProbe],
    ['lifecycle/postStart', container.lifecycle?.postStart],
    ['lifecycle/preStop', container.lifecycle?.preStop],
  ];
  return handlers.flatMap(([at, handler]) =>
    (['httpGet', 'tcpSocket'] as const).flatMap((kind) => {
      const host = handler?.[kind]?.host;
      return host ? [{ pointer: `${pointer}/${at}/${kind}/host`, values: [host] }] : [];
    }),
  );
}

export const windowsHostProcess: PolicyCheck = {
  id: 'windowsHostProcess',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: (pod) =>
        outcome(
          inSecurityContexts(pod, ({ windowsOptions }, pointer) =>
            windowsOptions?.hostProcess ? { pointer: `${pointer}/windowsOptions/hostProcess` } : undefined,
          ),
          () => 'hostProcess',
          (offences) => `${setters(offences)} must not set securityContext.windowsOptions.hostProcess=true`,
        ),
    },
  ],
};
