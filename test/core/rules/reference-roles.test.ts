import { referenceRoleRules } from '../../../src/core/rules/reference-roles.ts';
import { object } from './objects.ts';
import { describeRules } from './table.ts';

const account = (name: string, namespace?: string) =>
  object({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
const gone = (what: string) => `${what} is not among these manifests: it must exist already`;
const rbac = (kind: string, name: string, namespace?: string, more = {}) =>
  object({ apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name, namespace }, ...more });
const binding = (
  roleRef: object,
  subjects: object[] = [],
  kind = 'RoleBinding',
  namespace: string | undefined = 'mcp',
) => rbac(kind, 'b', kind === 'RoleBinding' ? namespace : undefined, { roleRef, subjects });
const view = { kind: 'ClusterRole', name: 'view' };
const robot = { kind: 'ServiceAccount', name: 'robot', namespace: 'mcp' };

describeRules(referenceRoleRules, {
  'reference.role-missing': {
    fires: [
      [
        'no Role in sight',
        binding({ kind: 'Role', name: 'reader' }),
        [`RoleBinding/b /roleRef/name: ${gone('Role reader')}`],
      ],
      [
        'other Roles are here',
        [rbac('Role', 'writer', 'mcp'), binding({ kind: 'Role', name: 'owner' })],
        [`[warning] RoleBinding/b /roleRef/name: ${gone('Role owner')}`],
      ],
      [
        'a slip',
        [rbac('Role', 'reader', 'mcp'), binding({ kind: 'Role', name: 'raeder' })],
        ['[warning] RoleBinding/b /roleRef/name: there is no Role raeder: did you mean reader?'],
      ],
      [
        'it is in another namespace',
        [rbac('Role', 'reader', 'x'), binding({ kind: 'Role', name: 'reader' })],
        [`RoleBinding/b /roleRef/name: ${gone('Role reader')}`],
      ],
      [
        'a ClusterRole',
        [rbac('ClusterRole', 'x'), binding({ kind: 'ClusterRole', name: 'reader' }, [], 'ClusterRoleBinding')],
        [`ClusterRoleBinding/b /roleRef/name: ${gone('ClusterRole reader')}`],
      ],
      [
        'a Role is no ClusterRole',
        [rbac('Role', 'reader', 'mcp'), binding({ kind: 'ClusterRole', name: 'reader' })],
        [`RoleBinding/b /roleRef/name: ${gone('ClusterRole reader')}`],
      ],
    ],
    silent: [
      [
        'they are there',
        [
          rbac('Role', 'reader', 'mcp'),
          binding({ kind: 'Role', name: 'reader' }),
          rbac('ClusterRole', 'r'),
          binding({ kind: 'ClusterRole', name: 'r' }),
        ],
      ],
      ['what every cluster has', [binding(view), binding({ kind: 'ClusterRole', name: 'system:auth-delegator' })]],
      ['no roleRef', binding({})],
    ],
  },
  'reference.subject-missing': {
    fires: [
      [
        'it is not there',
        binding(view, [{ kind: 'Group', name: 'g' }, robot]),
        [`RoleBinding/b /subjects/1/name: ${gone('ServiceAccount robot')}`],
      ],
      [
        'a slip',
        [account('robot', 'mcp'), binding(view, [{ ...robot, name: 'rbot' }])],
        ['[warning] RoleBinding/b /subjects/0/name: there is no ServiceAccount rbot: did you mean robot?'],
      ],
      [
        'the wrong namespace',
        [account('robot', 'mcp'), binding(view, [{ ...robot, namespace: 'default' }])],
        ['[warning] RoleBinding/b /subjects/0/name: ServiceAccount robot is in namespace mcp, and not in default'],
      ],
    ],
    silent: [
      ['it is there', [account('robot', 'mcp'), binding(view, [robot])]],
      ['an account without a namespace may be there', [account('robot'), binding(view, [robot])]],
      ['the default of the namespace', binding(view, [{ ...robot, name: 'default' }])],
      ['people', binding(view, [{ kind: 'User', name: 'u' }])],
      ['nobody', rbac('RoleBinding', 'b', 'mcp', { roleRef: view })],
    ],
  },
});
