import { workloadSecurityRules } from '../../../src/core/rules/workload-security.ts';
import { pod as barePod, container, deployment, object, podSpec } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const AT = `${POD}/containers/0`;
const CLOSED = container().securityContext;
const USER = podSpec().securityContext;
const pod = (change: NonNullable<Parameters<typeof podSpec>[0]>) => deployment({ pod: change });

const account = (automountServiceAccountToken: boolean, namespace?: string) =>
  object({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default', namespace },
    automountServiceAccountToken,
  });
const binding = (namespace: string, name = 'default') =>
  object({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'b', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
const MOUNTED = `${POD}: the token of the default service account is mounted`;
const low = (containerPort: number, capabilities: NonNullable<typeof CLOSED>['capabilities'] = { drop: ['ALL'] }) =>
  container({ ports: [{ containerPort }], securityContext: { ...CLOSED, ...(capabilities && { capabilities }) } });

describeRules(workloadSecurityRules, {
  'workload.root-file-system': {
    fires: [
      [
        'nothing said',
        deployment({ container: { securityContext: undefined } }),
        [`${AT}/securityContext: readOnlyRootFilesystem is not set: the program can change the files of its image`],
      ],
      [
        'false, in an init container',
        deployment({ init: [{ securityContext: { ...CLOSED, readOnlyRootFilesystem: false } }] }),
        [
          `${POD}/initContainers/0/securityContext/readOnlyRootFilesystem: readOnlyRootFilesystem is false: the program can change the files of its image`,
        ],
      ],
    ],
    silent: [
      ['true', deployment()],
      [
        'Windows, which has no such thing',
        pod({ os: { name: 'windows' }, containers: [container({ securityContext: undefined })] }),
      ],
      ['a debugging container', barePod({ ephemeral: [{ name: 'debug' }] })],
    ],
  },
  'workload.service-account-token': {
    fires: [
      ['nothing said', pod({ automountServiceAccountToken: undefined }), [MOUNTED], 'fixed'],
      [
        'the account by its name',
        pod({ automountServiceAccountToken: undefined, serviceAccountName: 'default' }),
        [MOUNTED],
        'fixed',
      ],
      [
        'said so',
        pod({ automountServiceAccountToken: true }),
        [`${POD}/automountServiceAccountToken: the token of the default service account is mounted`],
      ],
      [
        'an account that has rights',
        [deployment({ namespace: 'a', pod: { automountServiceAccountToken: undefined } }), binding('a')],
        [`${MOUNTED}, and a binding gives that account rights`],
      ],
      [
        'rights and settings of other accounts',
        [
          deployment({ namespace: 'a', pod: { automountServiceAccountToken: undefined } }),
          binding('b'),
          binding('a', 'other'),
          account(false, 'b'),
          account(true, 'a'),
        ],
        [MOUNTED],
        'fixed',
      ],
    ],
    silent: [
      ['false', deployment()],
      ['an account of its own', pod({ automountServiceAccountToken: undefined, serviceAccountName: 'web' })],
      ['an account that mounts none', [pod({ automountServiceAccountToken: undefined }), account(false)]],
    ],
  },
  'workload.service-links': {
    fires: [
      [
        'nothing said',
        pod({ enableServiceLinks: undefined }),
        [`${POD}: enableServiceLinks is not set: every Service of the namespace adds variables to the containers`],
        'fixed',
      ],
      [
        'the variables of the API server are there anyway',
        pod({ enableServiceLinks: undefined, containers: [container({ args: ['$(KUBERNETES_SERVICE_HOST)'] })] }),
        [`${POD}: enableServiceLinks is not set: every Service of the namespace adds variables to the containers`],
        'fixed',
      ],
    ],
    silent: [
      ['false', deployment()],
      ['true: somebody wants them', pod({ enableServiceLinks: true })],
      [
        'the pod uses them',
        pod({ enableServiceLinks: undefined, containers: [container({ args: ['$(REDIS_SERVICE_HOST)'] })] }),
      ],
      [
        'a script uses them',
        pod({
          enableServiceLinks: undefined,
          containers: [container({ command: ['sh', '-c', 'run $REDIS_SERVICE_PORT'] })],
        }),
      ],
    ],
  },
  'workload.run-as-group': {
    fires: [
      [
        'of the pod',
        pod({ securityContext: { runAsUser: 1000 } }),
        [`${AT}/securityContext: uid 1000 without runAsGroup: its gid is 0 (root) unless the image knows that uid`],
      ],
      [
        'of a container',
        pod({ securityContext: {}, containers: [container({ securityContext: { ...CLOSED, runAsUser: 7 } })] }),
        [`${AT}/securityContext: uid 7 without runAsGroup: its gid is 0 (root) unless the image knows that uid`],
      ],
    ],
    silent: [
      ['both', deployment()],
      ['0, which somebody wants', pod({ securityContext: { ...USER, runAsGroup: 0 } })],
      [
        'the group of the pod, the user of the container',
        pod({
          securityContext: { runAsGroup: 5 },
          containers: [container({ securityContext: { ...CLOSED, runAsUser: 7 } })],
        }),
      ],
      ['no uid: the image says both', pod({ securityContext: { runAsNonRoot: true } })],
      ['root', pod({ securityContext: { runAsUser: 0 } })],
    ],
  },
  'workload.privileged-port': {
    fires: [
      [
        'two containers, one setting',
        pod({ containers: [low(80), { ...low(443), name: 'tls' }] }),
        [`${AT}/ports/0/containerPort: port 80, 443 needs NET_BIND_SERVICE on some nodes, and drop ALL takes it away`],
        'fixed',
      ],
      [
        'beside other sysctls',
        pod({
          containers: [low(80)],
          securityContext: { ...USER, sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] },
        }),
        [`${AT}/ports/0/containerPort: port 80 needs NET_BIND_SERVICE on some nodes, and drop ALL takes it away`],
        'fixed',
      ],
      [
        'in the network of the node, which a pod cannot set',
        pod({ hostNetwork: true, containers: [low(80)] }),
        [`${AT}/ports/0/containerPort: port 80 needs NET_BIND_SERVICE on some nodes, and drop ALL takes it away`],
      ],
    ],
    silent: [
      ['1024', pod({ containers: [low(1024)] })],
      ['the capability is given back', pod({ containers: [low(80, { drop: ['ALL'], add: ['NET_BIND_SERVICE'] })] })],
      ['nothing is taken away', pod({ containers: [low(80, {})] })],
      [
        'the sysctl is there',
        pod({
          containers: [low(80)],
          securityContext: { ...USER, sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] },
        }),
      ],
    ],
  },
});
