import type { Fault } from './finding.ts';
import { gatewayEngineOf, TOKEN_ENV } from './mcp-app.ts';
import type { ContainerView } from './object-set.ts';
import { containerRule, type Rule } from './rule.ts';
import { PROBES } from './workload-kinds.ts';
import {
  hasBearer,
  hasConnectionPassword,
  isLiteral,
  isSecretHeader,
  isSecretName,
  keyForm,
} from './workload-secret-values.ts';

type Found = Omit<Fault, 'object'>;

/** What every page of this family says: a secret that was in a file is known. */
const CHANGE_IT = 'then change the secret: whoever could read the file or its history may have it';

const environment = containerRule(
  {
    id: 'workload.env-secret',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'a secret stands in a variable',
      why: 'Whoever may read the manifest, its history in Git, or pods in the namespace reads it; kubectl describe prints it. A Secret has rights of its own and can be rotated.',
      todo: ['valueFrom: { secretKeyRef: { name: NAME, key: KEY } }', CHANGE_IT],
    },
  },
  (view) =>
    (view.container.env ?? []).flatMap(({ name, value = '' }, i): Found[] => {
      if (hasConnectionPassword(value)) return [];
      // mcp.token-literal says more about that one.
      if (name === TOKEN_ENV && gatewayEngineOf(view) === 'docker') return [];
      const form = keyForm(value);
      const named = isSecretName(name) && isLiteral(value);
      if (form === undefined && !named) return [];
      const what = form === undefined ? 'a secret, to judge by its name, as plain text' : `${form} as plain text`;
      return [{ pointer: `/env/${i}/value`, message: `${name} holds ${what}` }];
    }),
);

const connection = containerRule(
  {
    id: 'workload.env-connection-password',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'a password stands in a connection string',
      why: 'Whoever may read the manifest, its history in Git, or pods in the namespace reads it.',
      todo: [
        'take the whole string from a Secret: valueFrom.secretKeyRef',
        'or only the password: a variable from the Secret, above it, and $(DB_PASSWORD) in the string',
        CHANGE_IT,
      ],
    },
  },
  ({ container: { env = [] } }) =>
    env.flatMap(({ name, value = '' }, i): Found[] =>
      hasConnectionPassword(value)
        ? [{ pointer: `/env/${i}/value`, message: `${name} is a connection string with its password in it` }]
        : [],
    ),
);

const commandLine = containerRule(
  {
    id: 'workload.command-secret',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'a secret stands in a command line',
      why: 'It can be read in the manifest and its history, in the pod, and on the node in the list of processes.',
      todo: [
        'a variable from a Secret (valueFrom.secretKeyRef), and $(NAME) in the argument',
        'better a file or a variable that the program reads itself: an argument stays in the list of processes',
        CHANGE_IT,
      ],
    },
  },
  (view) =>
    commandLines(view).flatMap(({ pointer, words }) =>
      words.flatMap((word, i): Found[] => {
        const what = secretInWord(word, words[i - 1]);
        return what === undefined ? [] : [{ pointer: `${pointer}/${i}`, message: `the command line holds ${what}` }];
      }),
    ),
);

/** All lists of words that are run: the container's own, and those of its probes and hooks. */
function commandLines({ container: c }: ContainerView): { pointer: string; words: string[] }[] {
  const lists: [string, string[] | undefined][] = [
    ['/command', c.command],
    ['/args', c.args],
    ...PROBES.map((key): [string, string[] | undefined] => [`/${key}/exec/command`, c[key]?.exec?.command]),
    ...(['postStart', 'preStop'] as const).map((key): [string, string[] | undefined] => [
      `/lifecycle/${key}/exec/command`,
      c.lifecycle?.[key]?.exec?.command,
    ]),
  ];
  return lists.flatMap(([pointer, words]) => (words ? [{ pointer, words }] : []));
}

/** What a word of a command line holds; the word before may be the flag that it belongs to. */
export function secretInWord(word: string, previous: string | undefined): string | undefined {
  const form = keyForm(word);
  if (form !== undefined) return form;
  if (hasBearer(word)) return 'a bearer token';
  if (hasConnectionPassword(word)) return 'a connection string with its password';
  // Also the assignments before a command in a script: PGPASSWORD=... psql.
  for (const [, name = '', value = ''] of word.matchAll(/(?:^|[\s;&])(?:--?)?([A-Za-z][\w-]*)=["']?([^\s"';&]+)/g)) {
    if (isSecretName(name) && isLiteral(value)) return `the value of ${name}`;
  }
  const [, flag] = /^--?([A-Za-z][\w-]*)$/.exec(previous ?? '') ?? [];
  const belongs = flag !== undefined && !word.startsWith('-') && isSecretName(flag) && isLiteral(word);
  return belongs ? `the value of ${previous}` : undefined;
}

const probeHeader = containerRule(
  {
    id: 'workload.probe-secret',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'a secret stands in a header of a probe',
      why: 'Kubernetes has no way to take a header from a Secret, nor does it put variables into one. Whoever may read the manifest or the pod reads it.',
      todo: [
        'probe a path that asks for no token: health says nothing that needs one',
        'or an exec probe with a program that reads the token from its file',
        CHANGE_IT,
      ],
    },
  },
  (view) =>
    // Of docker/mcp-gateway mcp.probe-token knows more: it needs none.
    (gatewayEngineOf(view) === 'docker' ? [] : PROBES).flatMap((key) =>
      (view.container[key]?.httpGet?.httpHeaders ?? []).flatMap((header, i): Found[] =>
        isSecretHeader(header)
          ? [
              {
                pointer: `/${key}/httpGet/httpHeaders/${i}/value`,
                message: `${key} sends ${header.name} as plain text`,
              },
            ]
          : [],
      ),
    ),
);

export const workloadSecretRules: readonly Rule[] = [environment, connection, commandLine, probeHeader];
