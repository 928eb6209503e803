import type { KubeObject } from './finding.ts';
import type { ObjectSet } from './object-set.ts';
import { absent, inNamespace, lookUp } from './reference-lookup.ts';
import type { Rule } from './rule.ts';
import { type GroupKind, objectsOf } from './workload-kinds.ts';

const GROUP = 'rbac.authorization.k8s.io';

/** Roles of every cluster: the user-facing ones; the others begin with `system:`. */
const GIVEN = new Set(['cluster-admin', 'admin', 'edit', 'view']);

interface Binding {
  roleRef?: { kind?: string; name?: string };
  subjects?: { kind?: string; name?: string; namespace?: string }[];
}

function bindingsOf(objects: ObjectSet): { object: KubeObject; binding: Binding }[] {
  return objectsOf(objects, `${GROUP}/RoleBinding`, `${GROUP}/ClusterRoleBinding`).map((object) => ({
    object,
    binding: object.data as Binding,
  }));
}

const role: Rule = {
  id: 'reference.role-missing',
  severity: 'info',
  page: {
    title: 'a binding to a role that is not among these manifests',
    why: 'A binding to a role that does not exist gives no right at all, and the API server takes it without a word. Its roleRef cannot be changed later: the binding has to be deleted and made anew. A Role that is missing beside its RoleBinding is a warning; a ClusterRole may well belong to somebody else.',
    todo: ['correct roleRef', 'or give mcpk lint the file of the role, too'],
  },
  *check(objects) {
    for (const { object, binding } of bindingsOf(objects)) {
      const { kind, name } = binding.roleRef ?? {};
      if (!kind || !name || GIVEN.has(name) || name.startsWith('system:')) continue;
      const role: GroupKind = `${GROUP}/${kind}`;
      const namespace = kind === 'Role' ? object.namespace : undefined;
      if (lookUp(objects, role, name, namespace)) continue;
      const others = inNamespace(objects, role, namespace).map((one) => one.name);
      const found = absent(kind, name, others);
      // Roles of a namespace are written for their bindings: where others are here, so should be this one.
      const wanted = kind === 'Role' && others.length > 0;
      yield { object, pointer: '/roleRef/name', ...found, ...(wanted && { severity: 'warning' as const }) };
    }
  },
};

const subject: Rule = {
  id: 'reference.subject-missing',
  severity: 'info',
  page: {
    title: 'a binding to a ServiceAccount that is not among these manifests',
    why: 'The rights go to an account of exactly that name and namespace; where it does not exist, nobody has them. A RoleBinding may name accounts of other namespaces, so this is a note; where another ServiceAccount has nearly the same name it is a warning.',
    todo: ['correct name and namespace of the subject', 'or give mcpk lint the file of the ServiceAccount, too'],
  },
  *check(objects) {
    for (const { object, binding } of bindingsOf(objects)) {
      for (const [i, { kind, name, namespace }] of (binding.subjects ?? []).entries()) {
        if (kind !== 'ServiceAccount' || !name || name === 'default') continue;
        if (lookUp(objects, '/ServiceAccount', name, namespace)) continue;
        const others = inNamespace(objects, '/ServiceAccount', namespace).map((one) => one.name);
        const wrong = lookUp(objects, '/ServiceAccount', name, undefined);
        const found = wrong
          ? {
              severity: 'warning' as const,
              message: `ServiceAccount ${name} is in namespace ${wrong.namespace}, and not in ${namespace}`,
            }
          : absent('ServiceAccount', name, others);
        yield { object, pointer: `/subjects/${i}/name`, ...found };
      }
    }
  },
};

export const referenceRoleRules: readonly Rule[] = [role, subject];
