import type { V1PodSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { type ObjectSet, sameNamespace } from './object-set.ts';
import { containerRule, podRule, type Rule } from './rule.ts';
import { isWindows, objectsOf } from './workload-kinds.ts';

/** What Pod Security does not ask for, and a pod should still have. */

const rootFileSystem = containerRule(
  {
    id: 'workload.root-file-system',
    severity: 'warning',
    page: {
      title: 'the file system of the image may be written to',
      why: 'A program that is taken over can replace the programs of the container, and what it writes there counts against the disk of the node until the kubelet evicts the pod.',
      todo: [
        'securityContext.readOnlyRootFilesystem: true',
        'and an emptyDir at each place that the program writes to: /tmp nearly always, HOME and caches often',
        'mcpk inspect IMAGE tells what a server writes to',
      ],
    },
  },
  ({ pod, kind, container: { securityContext } }) => {
    // Windows has no such thing; a debugging container may do what it likes.
    if (kind === 'ephemeral' || isWindows(pod) || securityContext?.readOnlyRootFilesystem === true) return undefined;
    const said = securityContext?.readOnlyRootFilesystem === false;
    return {
      pointer: said ? '/securityContext/readOnlyRootFilesystem' : '/securityContext',
      message: `readOnlyRootFilesystem is ${said ? 'false' : 'not set'}: the program can change the files of its image`,
    };
  },
);

const accountToken: Rule = {
  id: 'workload.service-account-token',
  severity: 'warning',
  page: {
    title: 'the pod gets an API token that it has no use for',
    why: 'Every pod of the namespace shares the default service account, and its token is mounted unless somebody says no. Whoever takes over the program has it, with all rights that the account has now or gets later.',
    todo: [
      'automountServiceAccountToken: false',
      'a service account of its own, with the rights that it needs, where it does talk to the API',
    ],
  },
  *check(objects) {
    for (const pod of objects.pods) {
      const { serviceAccountName: name = 'default', automountServiceAccountToken: mounted } = pod.spec;
      if (name !== 'default' || mounted === false) continue;
      if (mounted === undefined && accountSaysNo(objects, pod.object.namespace)) continue;
      const bound = isBound(objects, pod.object.namespace);
      const pointer = `${pod.pointer}/automountServiceAccountToken`;
      yield {
        object: pod.object,
        pointer: mounted === undefined ? pod.pointer : pointer,
        message: `the token of the default service account is mounted${bound ? ', and a binding gives that account rights' : ''}`,
        ...(bound && { remedy: 'give the rights to a service account of its own instead' }),
        // Without a binding the token opens nothing; who wrote true had a reason.
        ...(mounted === undefined && !bound && { fix: [{ op: 'set' as const, pointer, value: false }] }),
      };
    }
  },
};

/** Whether the namespace's default account mounts no token by itself. */
function accountSaysNo(objects: ObjectSet, namespace: string | undefined): boolean {
  return objectsOf(objects, '/ServiceAccount').some(
    (account) =>
      account.name === 'default' &&
      sameNamespace(account.namespace, namespace) &&
      account.data['automountServiceAccountToken'] === false,
  );
}

function isBound(objects: ObjectSet, namespace: string | undefined): boolean {
  const bindings = objectsOf(
    objects,
    'rbac.authorization.k8s.io/RoleBinding',
    'rbac.authorization.k8s.io/ClusterRoleBinding',
  );
  return bindings.some((binding) =>
    subjectsOf(binding).some((subject) => {
      const { kind, name } = subject;
      return kind === 'ServiceAccount' && name === 'default' && sameNamespace(subject.namespace, namespace);
    }),
  );
}

function subjectsOf({ data }: KubeObject) {
  return (data['subjects'] ?? []) as { kind: string; name: string; namespace?: string }[];
}

const serviceLinks = podRule(
  {
    id: 'workload.service-links',
    severity: 'info',
    page: {
      title: 'every Service of the namespace adds variables to the pod',
      why: 'A Service called redis sets REDIS_PORT=tcp://10.0.0.1:6379 in every pod: programs that read a variable of that name fail, and what a pod sees depends on what else is there. DNS does the same without them.',
      todo: [
        'enableServiceLinks: false',
        'enableServiceLinks: true where a program really finds its peers by these variables',
      ],
    },
  },
  ({ spec }) =>
    spec.enableServiceLinks === undefined && !usesServiceVariables(spec)
      ? {
          pointer: '',
          message: 'enableServiceLinks is not set: every Service of the namespace adds variables to the containers',
          fix: [{ op: 'set', pointer: '/enableServiceLinks', value: false }],
        }
      : undefined,
);

/** Whether the manifest itself refers to such a variable. */
function usesServiceVariables({ containers, initContainers = [] }: V1PodSpec): boolean {
  return [...containers, ...initContainers].some(({ command = [], args = [], env = [] }) =>
    [...command, ...args, ...env.map(({ value = '' }) => value)].some((text) =>
      /\$[({]?(?!KUBERNETES_)\w+_SERVICE_(HOST|PORT)/.test(text),
    ),
  );
}

const rootGroup = containerRule(
  {
    id: 'workload.run-as-group',
    severity: 'info',
    page: {
      title: 'a uid without a gid',
      why: "With runAsUser alone the gid is that of the user in the image's /etc/passwd; where the image has no such user it is 0, the group root, to which many files of an image belong.",
      todo: [
        'runAsGroup: the gid that the files of the image need; the same number as runAsUser is usual',
        'mcpk inspect IMAGE tells whether it works',
      ],
    },
  },
  ({ pod, container: { securityContext } }) => {
    const { runAsUser = pod.spec.securityContext?.runAsUser } = securityContext ?? {};
    const { runAsGroup = pod.spec.securityContext?.runAsGroup } = securityContext ?? {};
    if (runAsUser === undefined || runAsUser === 0 || runAsGroup !== undefined) return undefined;
    return {
      pointer: '/securityContext',
      message: `uid ${runAsUser} without runAsGroup: its gid is 0 (root) unless the image knows that uid`,
    };
  },
);

/** A safe sysctl: Pod Security "restricted" allows it. */
const UNPRIVILEGED_PORTS = 'net.ipv4.ip_unprivileged_port_start';

const privilegedPort = podRule(
  {
    id: 'workload.privileged-port',
    severity: 'warning',
    page: {
      title: 'a port below 1024 without the right to open it',
      why: 'Linux asks for the capability NET_BIND_SERVICE, which drop: [ALL] takes away. Docker and containerd 2 open these ports to everybody in a pod, containerd 1 and CRI-O do not: it depends on the node whether the program starts.',
      todo: [
        'listen on a port above 1023; the Service may still offer 80',
        'or the sysctl net.ipv4.ip_unprivileged_port_start: "0" in the pod (mcpk lint --fix)',
      ],
    },
  },
  (pod) => {
    const { spec } = pod;
    const { sysctls = [] } = spec.securityContext ?? {};
    if (isWindows(pod) || sysctls.some(({ name }) => name === UNPRIVILEGED_PORTS)) return undefined;
    const low = spec.containers.flatMap((container, i) => {
      const { drop = [], add = [] } = container.securityContext?.capabilities ?? {};
      if (!drop.includes('ALL') || add.includes('NET_BIND_SERVICE')) return [];
      return (container.ports ?? []).flatMap(({ containerPort }, j) =>
        containerPort < 1024 ? [{ containerPort, name: container.name, pointer: `/containers/${i}/ports/${j}` }] : [],
      );
    });
    const [first] = low;
    if (!first) return undefined;
    const numbers = [...new Set(low.map(({ containerPort }) => containerPort))].join(', ');
    return {
      pointer: `${first.pointer}/containerPort`,
      container: first.name,
      message: `port ${numbers} needs NET_BIND_SERVICE on some nodes, and drop ALL takes it away`,
      // The node's own network cannot be set by a pod.
      ...(spec.hostNetwork !== true && {
        fix: [
          {
            op: 'set' as const,
            pointer: '/securityContext/sysctls/-',
            value: { name: UNPRIVILEGED_PORTS, value: '0' },
          },
        ],
      }),
    };
  },
);

export const workloadSecurityRules: readonly Rule[] = [
  rootFileSystem,
  accountToken,
  serviceLinks,
  rootGroup,
  privilegedPort,
];
