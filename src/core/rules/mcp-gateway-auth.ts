import { names } from '../app/app.ts';
import { DOCKER_IMAGE } from '../app/resolve.ts';
import { TOKEN_ENV } from './mcp-app.ts';
import { dockerGatewayRule, type GatewayFound, hasFlag } from './mcp-docker-gateway.ts';
import type { Rule } from './rule.ts';
import { PROBES } from './workload-kinds.ts';
import { isLiteral, isSecretHeader } from './workload-secret-values.ts';

/** The first release that asks for its token although it runs in a container. */
const FIRST_WITH_AUTH = [0, 43, 1];

const version = dockerGatewayRule(
  {
    id: 'mcp.docker-gateway-version',
    severity: 'error',
    page: {
      title: 'this docker/mcp-gateway does not ask for its token',
      why: 'Before v0.43.1 the gateway turns its authentication off when it runs in a container, whatever token is set: whoever reaches its port may call every tool. `latest` and no tag say nothing about which one runs.',
      todo: [
        `image: ${DOCKER_IMAGE}, or a newer release`,
        'mcpk verify shows whether a request without a token gets 401',
      ],
    },
  },
  ({ view: { container } }) => {
    const image = container.image ?? '';
    const [name = '', digest] = image.split('@');
    const tag = /:([^:/]+)$/.exec(name)?.[1];
    // A digest alone is somebody's choice of one release; which one it is cannot be seen.
    if (tag === undefined && digest !== undefined) return [];
    if (tag !== undefined && !isOlder(tag)) return [];
    const what = tag === undefined ? 'no tag' : `tag ${tag}`;
    const known =
      tag !== undefined && /\d/.test(tag)
        ? 'it takes requests without a token'
        : 'it may be one that takes requests without a token';
    return [
      {
        pointer: '/image',
        message: `docker/mcp-gateway with ${what}: ${known}`,
        fix: [
          {
            op: 'set',
            pointer: '/image',
            value: image.replace(/(mcp-gateway)[:@].*$|(mcp-gateway)$/, `$1$2:${DOCKER_IMAGE.split(':')[1]}`),
          },
        ],
      },
    ];
  },
);

/** Tags without a number (latest, main) move, so they may be anything. */
function isOlder(tag: string): boolean {
  const parts = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(tag)?.slice(1);
  if (!parts) return !/^[0-9a-f]{7,40}$/.test(tag);
  // `v2` is the tag of a whole line of releases, and moves.
  if (parts[1] === undefined) return true;
  for (const [i, least] of FIRST_WITH_AUTH.entries()) {
    const part = parts[i] === undefined ? Number.POSITIVE_INFINITY : Number(parts[i]);
    if (part !== least) return part < least;
  }
  return false;
}

const tokenLiteral = dockerGatewayRule(
  {
    id: 'mcp.token-literal',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'the gateway’s token stands in the manifest',
      why: 'Whoever may read the repository or the Deployment may call every tool of every server. A token in a manifest cannot be changed without a deployment, and stays in the history.',
      todo: [
        `take it from a Secret: valueFrom.secretKeyRef, and make a new token: kubectl create secret generic mcp-gateway-token --from-literal=${names.tokenKey}="$(openssl rand -hex 32)"`,
        'mcpk deploy makes the Secret by itself',
      ],
    },
  },
  ({ view: { container } }) =>
    (container.env ?? []).flatMap(({ name, value }, i): GatewayFound[] => {
      if (name !== TOKEN_ENV || value === undefined || !isLiteral(value)) return [];
      const from = { secretKeyRef: { name: 'mcp-gateway-token', key: names.tokenKey } };
      return [
        {
          pointer: `/env/${i}/value`,
          message: `${TOKEN_ENV} is written out in the manifest`,
          fix: [{ op: 'set', pointer: `/env/${i}`, value: { name, valueFrom: from } }],
        },
      ];
    }),
);

const probeToken = dockerGatewayRule(
  {
    id: 'mcp.probe-token',
    severity: 'error',
    findsSecrets: true,
    page: {
      title: 'a probe of the gateway carries the token',
      why: 'Kubernetes cannot take a header from a Secret, so the token stands in the manifest. The gateway asks for none at /health.',
      todo: [
        'remove the header from the probe',
        'then make a new token: whoever could read the file or its history may have it',
      ],
    },
  },
  ({ view: { container } }) =>
    PROBES.flatMap((key) =>
      (container[key]?.httpGet?.httpHeaders ?? []).flatMap((header, i): GatewayFound[] => {
        if (!isSecretHeader(header)) return [];
        const at = `/${key}/httpGet/httpHeaders/${i}`;
        return [
          { pointer: at, message: `${key} sends ${header.name} as plain text`, fix: [{ op: 'delete', pointer: at }] },
        ];
      }),
    ),
);

const noToken = dockerGatewayRule(
  {
    id: 'mcp.no-token',
    severity: 'error',
    page: {
      title: 'the gateway has no token',
      why: 'Without MCP_GATEWAY_AUTH_TOKEN docker/mcp-gateway makes up a token at each start and prints it into its log: no client knows it, and every restart locks all of them out.',
      todo: ['env: MCP_GATEWAY_AUTH_TOKEN from a Secret (valueFrom.secretKeyRef)', 'mcpk deploy makes the Secret'],
    },
  },
  ({ view: { container }, argv }) =>
    (container.env ?? []).some(({ name }) => name === TOKEN_ENV) ||
    (container.envFrom ?? []).length > 0 ||
    hasFlag(argv, '--allow-unauthenticated')
      ? []
      : [
          {
            pointer: '/env',
            message: `${TOKEN_ENV} is not set`,
            fix: [
              {
                op: 'set',
                pointer: '/env/-',
                value: {
                  name: TOKEN_ENV,
                  valueFrom: { secretKeyRef: { name: 'mcp-gateway-token', key: names.tokenKey } },
                },
              },
            ],
          },
        ],
);

const unauthenticated = dockerGatewayRule(
  {
    id: 'mcp.allow-unauthenticated',
    severity: 'error',
    page: {
      title: 'the gateway takes requests without a token',
      why: 'Every pod that reaches the port, and every web page through a port-forward, may call every tool.',
      todo: ['remove --allow-unauthenticated'],
    },
  },
  ({ view: { container } }) =>
    (['command', 'args'] as const).flatMap((key) =>
      (container[key] ?? []).flatMap((word, i): GatewayFound[] =>
        /^--allow-unauthenticated(=true)?$/.test(word)
          ? [
              {
                pointer: `/${key}/${i}`,
                message: `${word} turns the token off`,
                fix: [{ op: 'delete', pointer: `/${key}/${i}` }],
              },
            ]
          : [],
      ),
    ),
);

const inContainer = dockerGatewayRule(
  {
    id: 'mcp.in-container-env',
    severity: 'warning',
    page: {
      title: 'DOCKER_MCP_IN_CONTAINER is set by hand',
      why: 'Older releases of docker/mcp-gateway take it as a reason to turn authentication off.',
      todo: ['remove the variable: the image sets what it needs'],
    },
  },
  ({ view: { container } }) =>
    (container.env ?? []).flatMap(({ name, value }, i): GatewayFound[] =>
      name === 'DOCKER_MCP_IN_CONTAINER' && value !== '0'
        ? [{ pointer: `/env/${i}`, message: `${name} is set`, fix: [{ op: 'delete', pointer: `/env/${i}` }] }]
        : [],
    ),
);

export const mcpGatewayAuthRules: readonly Rule[] = [
  version,
  tokenLiteral,
  probeToken,
  noToken,
  unauthenticated,
  inContainer,
];
