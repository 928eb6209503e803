import type { Server } from '../app/app.ts';
import { pointerToken } from '../config/pointer.ts';
import type { CatalogEntry, Config, ServerConfig } from '../config/schema.ts';
import { didYouMean } from '../did-you-mean.ts';
import type { ConfigFault, ConfigRule, ConfigSubject } from './config-rule.ts';

interface ServerSubject {
  name: string;
  config: ServerConfig;
  /** Resolved. */
  server: Server;
  entry: CatalogEntry | undefined;
}

type ServerFault = Omit<ConfigFault, 'server'>;

/** A rule about each server. Pointers of what it returns start at the server. */
function serverRule(
  rule: Omit<ConfigRule, 'check'>,
  check: (subject: ServerSubject) => ServerFault | readonly ServerFault[] | undefined,
): ConfigRule {
  return {
    ...rule,
    *check({ config, app, catalog }: ConfigSubject) {
      for (const server of app.servers) {
        const { name } = server;
        const entry = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
        const at = `/servers/${pointerToken(name)}`;
        const faults = check({ name, config: config.servers[name] ?? {}, server, entry }) ?? [];
        for (const { pointer, fix, ...rest } of [faults].flat()) {
          const edits = fix?.map((edit) => ({ ...edit, pointer: at + edit.pointer }));
          yield { ...rest, server: name, pointer: at + pointer, ...(edits && { fix: edits }) };
        }
      }
    },
  };
}

const sharedState = serverRule(
  {
    id: 'config.shared-stateful',
    severity: 'error',
    page: {
      title: 'one process for all sessions of a server that keeps state',
      why: 'The catalog knows that this server remembers something of its client. Shared, every client sees and changes what the others left.',
      todo: ['remove shared from the server'],
    },
  },
  ({ config, entry, name }) =>
    config.shared && entry && entry.state.kind !== 'none'
      ? {
          pointer: '/shared',
          message: `${name} keeps state (${entry.state.note ?? entry.state.kind}), and shared gives all clients one process`,
          fix: [{ op: 'delete', pointer: '/shared' }],
        }
      : undefined,
);

const stateLost = serverRule(
  {
    id: 'config.state-lost',
    severity: 'warning',
    page: {
      title: 'what the server stores is lost with its pod',
      why: 'The catalog gives this server a volume for its data; the config takes it away. The data then lies in the pod, or cannot be written at all.',
      todo: ['remove volumes from the server to get the catalog’s own', 'or name a volume at the same path'],
    },
  },
  ({ config, entry, server }) => {
    if (entry?.state.kind !== 'volume' || config.volumes === undefined) return undefined;
    const lost = (entry.volumes ?? []).find(
      ({ mountPath }) => !server.volumes.some((volume) => volume.mountPath === mountPath),
    );
    if (!lost || config.image !== undefined) return undefined;
    return {
      pointer: '/volumes',
      message: `no volume is mounted at ${lost.mountPath}, where ${entry.name} keeps ${entry.state.note ?? 'its data'}`,
    };
  },
);

const secretHidden = serverRule(
  {
    id: 'config.secret-overridden',
    severity: 'warning',
    findsSecrets: true,
    page: {
      title: 'a plain value takes the place of a Secret',
      why: 'The catalog takes this variable from a Secret because its value is one. Under env it stands in the config, in the manifests and in the Deployment for everybody to read.',
      todo: ['move it: secrets: [{ env: NAME, from: { name: SECRET, key: KEY } }]'],
    },
  },
  ({ config, entry }) =>
    (entry?.secrets ?? []).flatMap(({ env }) =>
      config.env?.[env] === undefined
        ? []
        : [
            {
              pointer: `/env/${pointerToken(env)}`,
              message: `${env} is a secret of this server and is written out here`,
            },
          ],
    ),
);

const anyEgress = serverRule(
  {
    id: 'config.egress-any-port',
    severity: 'info',
    page: {
      title: 'a destination without a port opens all of them',
      why: 'A NetworkPolicy knows no names, so a host already means every public address; without a port it means every port of every public address.',
      todo: ['port: 443'],
    },
  },
  ({ config }) =>
    (config.egress ?? []).flatMap(({ host, port }, i) =>
      host !== undefined && host !== '*' && port === undefined
        ? [
            {
              pointer: `/egress/${i}`,
              message: `egress to ${host} names no port, which opens all ports of all public addresses`,
            },
          ]
        : [],
    ),
);

const unknownTool = serverRule(
  {
    id: 'config.unknown-tool',
    severity: 'warning',
    page: {
      title: 'a tool that the server is not known to have',
      why: '`mcpk verify` will fail for it. The catalog lists the tools that were seen; a newer image may have more.',
      todo: ['correct the name', 'mcpk verify shows what the server serves'],
    },
  },
  ({ config, entry, name }) => {
    if (!entry?.tools || config.image !== undefined) return undefined;
    const { tools: known } = entry;
    const named: [string, string][] = [
      ...(config.verify?.tools ?? []).map((tool, i): [string, string] => [`/verify/tools/${i}`, tool]),
      ...(config.verify?.call ? [['/verify/call/tool', config.verify.call.tool] as [string, string]] : []),
    ];
    return named.flatMap(([pointer, tool]) => {
      if (known.includes(tool)) return [];
      const near = didYouMean(tool, known);
      const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known tools: ${known.join(', ')}`;
      return [{ pointer, message: `${name} is not known to have a tool ${tool}`, remedy: hint }];
    });
  },
);

const knownToFail = serverRule(
  {
    id: 'config.image-cannot-run',
    severity: 'error',
    page: {
      title: 'the catalog knows that this image does not start without root',
      why: 'Somebody ran it, or read its Dockerfile: the program, or what it leads to, is open to root only. The pod would be Running and never work.',
      todo: [
        'mcpk inspect IMAGE shows the file in the way and what helps',
        'mcpk fix IMAGE derives an image that runs',
      ],
    },
  },
  ({ server: { nonRoot, identity, image } }) => {
    if (nonRoot?.verdict !== 'fails' || identity.runAsUser === 0) return undefined;
    const remedy = nonRoot.remedies?.[0];
    return {
      pointer: '',
      message: `${image} cannot run as uid ${identity.runAsUser}: ${nonRoot.reason}`,
      ...(remedy !== undefined && { remedy }),
    };
  },
);

/** Namespaces of Kubernetes itself: what is labelled or deleted there concerns the whole cluster. */
const SYSTEM = /^kube-|^openshift(-|$)/;

const systemNamespace: ConfigRule = {
  id: 'config.system-namespace',
  severity: 'error',
  page: {
    title: 'the app would live in a namespace of the cluster itself',
    why: 'mcpk labels its namespace to enforce Pod Security "restricted", which would keep the cluster’s own pods there from starting.',
    todo: ['namespace: a name of the app’s own'],
  },
  *check({ config }) {
    const { namespace } = config;
    if (namespace !== undefined && SYSTEM.test(namespace))
      yield { pointer: '/namespace', message: `${namespace} belongs to the cluster itself` };
  },
};

const defaultNamespace: ConfigRule = {
  id: 'config.default-namespace',
  severity: 'warning',
  page: {
    title: 'the app would share the namespace default',
    why: 'mcpk labels its namespace to enforce Pod Security "restricted", and its NetworkPolicies count only for its own pods; everything that others put into default is affected by the first and not by the second.',
    todo: ['namespace: a name of the app’s own', 'leave namespace out: it is the app’s name then'],
  },
  *check({ config }: { config: Config }) {
    if (config.namespace === 'default')
      yield {
        pointer: '/namespace',
        message: 'the namespace default is not the app’s own',
        fix: [{ op: 'delete', pointer: '/namespace' }],
      };
  },
};

export const configRules: readonly ConfigRule[] = [
  knownToFail,
  sharedState,
  stateLost,
  secretHidden,
  anyEgress,
  unknownTool,
  systemNamespace,
  defaultNamespace,
];
