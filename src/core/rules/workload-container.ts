import type { Fault } from './finding.ts';
import type { PodView } from './object-set.ts';
import { containerRule, podRule, type Rule } from './rule.ts';
import { isShellScript, isWindows, portKey, repeated } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;

const duplicateName = podRule(
  {
    id: 'workload.container-duplicate',
    severity: 'error',
    page: {
      title: 'two containers have the same name',
      why: 'Names are unique in a pod, init containers included: the API server refuses it.',
      todo: ['give one of them another name'],
    },
  },
  ({ spec }) => {
    const all = [...placed(spec, 'initContainers'), ...placed(spec, 'containers')];
    return repeated(all, ({ name }) => name).map(({ item }) => ({
      pointer: `${item.pointer}/name`,
      message: `there are two containers ${item.name}: the API server refuses the pod`,
    }));
  },
);

function placed(spec: PodView['spec'], key: 'initContainers' | 'containers') {
  return (spec[key] ?? []).map((container, i) => ({ ...container, pointer: `/${key}/${i}` }));
}

/** Containers that run at the same time, and so share the pod's address. */
function together(spec: PodView['spec']) {
  const sidecars = placed(spec, 'initContainers').filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...placed(spec, 'containers')];
}

const duplicatePort = podRule(
  {
    id: 'workload.port-duplicate',
    severity: 'warning',
    page: {
      title: 'a port is declared twice',
      why: 'The containers of a pod share one address: only one of them can listen on a port. A name of a port that stands for two leads Services and probes to the first; twice in one container the API server refuses it.',
      todo: ['let one of the containers listen on another port', 'delete the port that is declared again'],
    },
  },
  ({ spec }) => [...sameNumber(spec), ...sameName(spec)],
);

function sameNumber(spec: PodView['spec']): Found[] {
  const ports = together(spec).flatMap(({ name, pointer, ports = [] }) =>
    ports.map((port, i) => ({ container: name, pointer: `${pointer}/ports/${i}`, key: portKey(port), port })),
  );
  // On a hostIP each, the same port is meant to be open on several addresses.
  return repeated(ports, ({ key, port }) => `${key} ${port.hostIP ?? ''} ${port.hostPort ?? ''}`).map(({ item }) => {
    const first = ports.find(({ key }) => key === item.key);
    const same = first?.container === item.container;
    return {
      pointer: `${item.pointer}/containerPort`,
      container: item.container,
      message: same
        ? `port ${item.key} is declared twice: server-side apply refuses that`
        : `port ${item.key} is ${first?.container}'s, too: only one of them can listen on it`,
    };
  });
}

function sameName(spec: PodView['spec']): Found[] {
  const named = together(spec).flatMap(({ name, pointer, ports = [] }) =>
    ports.flatMap((port, i) =>
      port.name === undefined ? [] : [{ container: name, pointer: `${pointer}/ports/${i}/name`, name: port.name }],
    ),
  );
  return repeated(named, ({ name }) => name).map(({ item }) => {
    const first = named.find(({ name }) => name === item.name);
    const same = first?.container === item.container;
    return {
      pointer: item.pointer,
      container: item.container,
      ...(same && { severity: 'error' as const }),
      message: same
        ? `two ports are called ${item.name}: the API server refuses the pod`
        : `port name ${item.name} is ${first?.container}'s, too: Services that use the name reach only that one`,
    };
  });
}

const portName = containerRule(
  {
    id: 'workload.port-name',
    severity: 'error',
    page: {
      title: 'the name of a port is not valid',
      why: 'The API server refuses names of ports that are not: at most 15 characters, small letters, digits and single hyphens inside, at least one letter (RFC 6335).',
      todo: ['shorten the name, in the Services and probes that use it too'],
    },
  },
  ({ container: { ports = [] } }) =>
    ports.flatMap(({ name }, i): Found[] => {
      if (name === undefined || name === '' || isPortName(name)) return [];
      const why = name.length > 15 ? `has ${name.length} characters, at most 15 are allowed` : 'is not valid';
      return [{ pointer: `/ports/${i}/name`, message: `port name ${name} ${why}` }];
    }),
);

function isPortName(name: string): boolean {
  return name.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name);
}

/** Words that no shell would read in another way than by their blanks. */
const PLAIN_WORDS = /^[\w@%+=:,./-]+(\s+[\w@%+=:,./-]+)*$/;

const programWithBlanks = containerRule(
  {
    id: 'workload.command-words',
    severity: 'error',
    page: {
      title: 'the whole command line is one word',
      why: 'No shell takes it apart: Kubernetes looks for a program whose name has the blanks in it, and the container does not start.',
      todo: ['command: [python, -m, my_server]: each word an item of its own', 'or a shell: [sh, -c, "..."]'],
    },
  },
  ({ pod, container: { command = [] } }) => {
    const [first = '', ...rest] = command;
    if (!/\S\s+\S/.test(first) || isWindows(pod)) return undefined;
    const words = first.trim().split(/\s+/);
    return {
      pointer: '/command/0',
      message: `no program is called "${words[0]} ...", blanks and all: each word is an item of its own`,
      ...(PLAIN_WORDS.test(first) && {
        fix: [{ op: 'set' as const, pointer: '/command', value: [...words, ...rest] }],
      }),
    };
  },
);

const flagWithBlank = containerRule(
  {
    id: 'workload.argument-words',
    severity: 'warning',
    page: {
      title: 'a flag and its value are one word',
      why: 'No shell takes them apart: the program gets a single argument with a blank in it, and most know no flag of that name.',
      todo: ['args: [--port, "8080"], or [--port=8080]'],
    },
  },
  ({ container }) => {
    if (isShellScript(container)) return undefined;
    const found = (['command', 'args'] as const).flatMap((key) =>
      (container[key] ?? []).flatMap((word, i): Found[] => {
        const [, flag] = /^(--[A-Za-z][\w-]*)\s+\S/.exec(word) ?? [];
        if (flag === undefined) return [];
        return [
          { pointer: `/${key}/${i}`, message: `${flag} and its value are one word: the program sees no ${flag}` },
        ];
      }),
    );
    return found;
  },
);

const interactive = containerRule(
  {
    id: 'workload.interactive',
    severity: 'info',
    page: {
      title: 'the container waits for somebody to type',
      why: 'stdin and tty are for kubectl attach and run -it. Nobody types into a workload; a stdio MCP server that is kept alive so cannot be reached by any client.',
      todo: ['delete stdin and tty', 'put a stdio server behind a bridge: mcpk add-server NAME, mcpk render'],
    },
  },
  ({ kind, container }) => {
    const set = (['stdin', 'tty'] as const).filter((key) => container[key] === true);
    if (kind === 'ephemeral' || set[0] === undefined) return undefined;
    const verb = set.length > 1 ? 'are' : 'is';
    return { pointer: `/${set[0]}`, message: `${set.join(' and ')} ${verb} set: nobody types into a workload` };
  },
);

export const workloadContainerRules: readonly Rule[] = [
  duplicateName,
  duplicatePort,
  portName,
  programWithBlanks,
  flagWithBlank,
  interactive,
];
