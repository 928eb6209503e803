import type { V1EnvVar } from '@kubernetes/client-node';
import type { Fault } from './finding.ts';
import type { ContainerView } from './object-set.ts';
import { containerRule, type Rule } from './rule.ts';
import { isShellScript } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;

const duplicate = containerRule(
  {
    id: 'workload.env-duplicate',
    severity: 'warning',
    page: {
      title: 'a variable is set twice',
      why: 'The last one wins in the container. kubectl apply merges the list by name and may drop one of them, and server-side apply refuses the object.',
      todo: ['keep one of them'],
    },
  },
  ({ container: { env = [] } }) =>
    env.flatMap((variable, i): Found[] => {
      const before = env.findLastIndex(({ name }, j) => j < i && name === variable.name);
      if (before < 0 || extendsItself(variable)) return [];
      return [
        {
          pointer: `/env/${i}/name`,
          message: `${variable.name} is set again: what it was before is hidden, and kubectl apply may drop either`,
          ...(canGo(env, before, i) && { fix: [{ op: 'delete', pointer: `/env/${before}` }] }),
        },
      ];
    }),
);

/** `PATH=$(PATH):/more` is meant so: a later variable may refer to an earlier one of the same name. */
function extendsItself({ name, value = '', valueFrom }: V1EnvVar): boolean {
  return valueFrom === undefined && value.includes(`$(${name})`) && value !== `$(${name})`;
}

/** Whether nothing up to its successor refers to the earlier variable. */
function canGo(env: readonly V1EnvVar[], earlier: number, later: number): boolean {
  const reference = `$(${env[earlier]?.name})`;
  return !env.slice(earlier + 1, later + 1).some(({ value }) => value?.includes(reference));
}

const twoSources = containerRule(
  {
    id: 'workload.env-two-sources',
    severity: 'error',
    page: {
      title: 'a variable has a value and a source',
      why: 'The API server refuses a variable with both value and valueFrom.',
      todo: ['keep valueFrom where the value is a secret', 'keep value otherwise'],
    },
  },
  ({ container: { env = [] } }) =>
    env.flatMap(({ name, value, valueFrom }, i): Found[] =>
      value && valueFrom
        ? [{ pointer: `/env/${i}`, message: `${name} has both value and valueFrom: the API server refuses that` }]
        : [],
    ),
);

/** How a name of a variable is written; `$(date)` in a script is a command. */
const NAME = /^[A-Z_][A-Z0-9_]*$/;

/**
 * The variables that a text refers to. `$$(NAME)` is the text `$(NAME)`.
 * Source: Kubernetes' third_party/forked/golang/expansion.
 */
function referencesIn(text: string): string[] {
  return [...text.matchAll(/\$\$|\$\(([^)]*)\)/g)].flatMap(([, name]) =>
    name !== undefined && NAME.test(name) ? [name] : [],
  );
}

/** What the kubelet adds for Services, as envvars.FromServices names them. */
const OF_SERVICE = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

/** Whether a name may come from elsewhere than `env`. */
function isGiven({ pod, container }: ContainerView, name: string): boolean {
  if ((container.envFrom ?? []).length > 0) return true;
  return OF_SERVICE.test(name) && (pod.spec.enableServiceLinks !== false || name.startsWith('KUBERNETES_'));
}

const undefinedReference = containerRule(
  {
    id: 'workload.env-undefined',
    severity: 'warning',
    page: {
      title: 'a reference to a variable that is not set',
      why: 'Kubernetes puts in $(NAME) only what stands in env or envFrom, and within env only what stands above. What it does not know stays as it is: the program gets the text "$(NAME)". Variables of the image do not count.',
      todo: [
        'set the variable in env, above where it is used',
        'correct the name',
        '$$(NAME) where the text itself is meant',
      ],
    },
  },
  (view) => [...unknownInEnv(view), ...unknownInWords(view, 'command'), ...unknownInWords(view, 'args')],
);

function unknownInEnv(view: ContainerView): Found[] {
  const { env = [] } = view.container;
  return env.flatMap(({ value = '' }, i): Found[] => {
    const name = referencesIn(value).find(
      (one) => !isGiven(view, one) && !env.slice(0, i).some((earlier) => earlier.name === one),
    );
    if (name === undefined) return [];
    const later = env.some((one, j) => j > i && one.name === name);
    const why = later ? 'is set only below it' : 'is not set';
    return [{ pointer: `/env/${i}/value`, message: `$(${name}) stays as it is: ${name} ${why}` }];
  });
}

function unknownInWords(view: ContainerView, key: 'command' | 'args'): Found[] {
  // In a script it may be a command to substitute, whatever its case.
  if (isShellScript(view.container)) return [];
  const { env = [] } = view.container;
  return (view.container[key] ?? []).flatMap((word, i): Found[] => {
    const name = referencesIn(word).find((one) => !isGiven(view, one) && !env.some((known) => known.name === one));
    return name === undefined
      ? []
      : [{ pointer: `/${key}/${i}`, message: `$(${name}) stays as it is: env does not set ${name}` }];
  });
}

export const workloadEnvironmentRules: readonly Rule[] = [duplicate, twoSources, undefinedReference];
