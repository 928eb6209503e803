import type { Fault } from './finding.ts';
import { isManagedByMcpk } from './mcp-app.ts';
import { type ObjectSet, sameNamespace } from './object-set.ts';
import { absent, inNamespace, lookUp, mapOf, perSet, textOf } from './reference-lookup.ts';
import { type Use, usesOf } from './reference-uses.ts';
import type { Rule } from './rule.ts';
import { groupKind } from './workload-kinds.ts';

/** What every namespace has without anybody's manifest. */
const GIVEN: Readonly<Record<Use['kind'], readonly string[]>> = {
  ConfigMap: ['kube-root-ca.crt', 'openshift-service-ca.crt'],
  Secret: [],
};

interface Named {
  name: string;
  namespace: string | undefined;
}

/** Secrets that a controller makes from other objects of the set. */
const promised = perSet(({ objects }): Named[] =>
  objects.flatMap((object) => {
    const spec = mapOf(object.data['spec']);
    const inside = (...keys: string[]) => textOf(keys.reduce<unknown>((node, key) => mapOf(node)[key], spec));
    const name = {
      'bitnami.com/SealedSecret': inside('template', 'metadata', 'name') ?? object.name,
      'external-secrets.io/ExternalSecret': inside('target', 'name') ?? object.name,
      'cert-manager.io/Certificate': inside('secretName'),
    }[groupKind(object) as string];
    return name === undefined ? [] : [{ name, namespace: object.namespace }];
  }),
);

function isThere(objects: ObjectSet, { kind, name, object: { namespace } }: Use): boolean {
  return (
    GIVEN[kind].includes(name) ||
    lookUp(objects, `/${kind}`, name, namespace) !== undefined ||
    (kind === 'Secret' && promised(objects).some((one) => one.name === name && sameNamespace(one.namespace, namespace)))
  );
}

/** A ConfigMap or Secret that pods need: said once for each workload, however often it names it. */
function missingRule(kind: Use['kind'], rule: Omit<Rule, 'check' | 'severity'>): Rule {
  return {
    ...rule,
    severity: 'info',
    *check(objects) {
      const said = new Map<unknown, Set<string>>();
      for (const use of usesOf(objects)) {
        const { object, name, optional, pointer, container } = use;
        if (use.kind !== kind || optional || isThere(objects, use)) continue;
        // mcpk makes the token's Secret at deploy time, and the others are the user's: no Secret is in its manifests.
        if (kind === 'Secret' && isManagedByMcpk(object)) continue;
        const names = said.get(object) ?? new Set();
        said.set(object, names);
        if (names.has(name)) continue;
        names.add(name);
        const others = inNamespace(objects, `/${kind}`, object.namespace).map((one) => one.name);
        yield { object, pointer, ...absent(kind, name, others), ...(container !== undefined && { container }) };
      }
    },
  };
}

const configMap = missingRule('ConfigMap', {
  id: 'reference.config-map-missing',
  page: {
    title: 'a ConfigMap that is not among these manifests',
    why: 'A pod that needs a ConfigMap which does not exist is not started: CreateContainerConfigError, or FailedMount. mcpk sees only the files that it was given, so this is a note; where another ConfigMap has nearly the same name it is a warning.',
    todo: [
      'correct the name',
      'or give mcpk lint the file of the ConfigMap, too',
      'optional: true, where the pod does without',
    ],
  },
});

const secret = missingRule('Secret', {
  id: 'reference.secret-missing',
  page: {
    title: 'a Secret that is not among these manifests',
    why: 'A pod that needs a Secret which does not exist is not started: CreateContainerConfigError, FailedMount or ImagePullBackOff. Secrets rightly are seldom among manifests, so this is a note of what has to exist before; where another Secret has nearly the same name it is a warning.',
    todo: [
      'make it before the deployment: kubectl create secret generic NAME --from-file=KEY=FILE',
      'correct the name',
      'optional: true, where the pod does without',
    ],
  },
});

const serviceAccount: Rule = {
  id: 'reference.service-account-missing',
  severity: 'info',
  page: {
    title: 'a ServiceAccount that is not among these manifests',
    why: 'The API server refuses every pod of a workload whose ServiceAccount does not exist; the Deployment is there, has no pods, and says why only in its conditions (FailedCreate). Where another ServiceAccount has nearly the same name this is a warning.',
    todo: [
      'correct serviceAccountName',
      'or give mcpk lint the file of the ServiceAccount, too',
      'remove serviceAccountName, where the pod does not talk to the API server',
    ],
  },
  *check(objects) {
    for (const { object, pointer, spec } of objects.pods) {
      const key = spec.serviceAccountName ? 'serviceAccountName' : 'serviceAccount';
      const name = spec[key];
      // Every namespace has this one.
      if (!name || name === 'default') continue;
      if (lookUp(objects, '/ServiceAccount', name, object.namespace)) continue;
      const others = inNamespace(objects, '/ServiceAccount', object.namespace).map((one) => one.name);
      yield { object, pointer: `${pointer}/${key}`, ...absent('ServiceAccount', name, others) } satisfies Fault;
    }
  },
};

export const referenceMissingRules: readonly Rule[] = [configMap, secret, serviceAccount];
