/**
 * The shape of mcpk.yaml, written once: the types come from here, and so do the published JSON Schema and the
 * validator that `npm run generate` compiles. At run time nothing imports this file, so zod is never loaded.
 */
import { z } from 'zod';

/** Longest server name whose Deployment `mcp-server-<name>` still fits a label value (63). */
const SERVER_NAME_MAX = 52;

const dnsLabel = z.string().regex(/^[a-z]([-a-z0-9]*[a-z0-9])?$/);
const envName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
const quantity = z.string().regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/);
const id = z.int().min(0).max(2147483647);
const absolutePath = z.string().regex(/^\/[^\0]*$/);

const resourceList = z.strictObject({
  cpu: quantity.optional().describe('CPU, e.g. "250m" for a quarter of a core.'),
  memory: quantity.optional().describe('Memory, e.g. "256Mi".'),
});

const resources = z
  .strictObject({
    requests: resourceList.optional().describe('What the scheduler reserves.'),
    limits: resourceList.optional().describe('What the container may not exceed.'),
  })
  .describe('Container resources. What is left out keeps its default.');

const engine = z.enum(['mcpk', 'docker']);

const secretRef = z.strictObject({
  env: envName.describe('Environment variable that the server reads.'),
  from: z
    .strictObject({
      name: z
        .string()
        .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/)
        .describe("The Secret's name."),
      key: z
        .string()
        .regex(/^[-._a-zA-Z0-9]+$/)
        .describe('The key in that Secret.'),
    })
    .describe('Where the value is. mcpk.yaml never holds the value itself.'),
});

const egressRule = z
  .strictObject({
    host: z.string().min(1).optional().describe('DNS name, or "*" for any public address.'),
    cidr: z
      .string()
      .regex(/^[0-9a-fA-F.:]+\/[0-9]{1,3}$/)
      .optional()
      .describe('Address range, e.g. "10.0.5.0/24".'),
    port: z.int().min(1).max(65535).optional().describe('TCP port. Left out: every port.'),
  })
  .describe('One destination that the server may reach: a host or a cidr.');

const volume = z.strictObject({
  name: dnsLabel.max(40).describe('Name of the volume; the PersistentVolumeClaim is `mcp-<server>-<name>`.'),
  mountPath: absolutePath.describe('Where the server sees it.'),
  size: quantity.optional().describe('Size of the PersistentVolumeClaim, default "1Gi".'),
});

const server = z
  .strictObject({
    image: z.string().min(1).optional().describe('Container image. Left out: from the catalog entry of this name.'),
    command: z
      .array(z.string())
      .min(1)
      .optional()
      .describe('The whole command line of the stdio server. It replaces the image’s ENTRYPOINT and CMD.'),
    args: z.array(z.string()).optional().describe('Arguments added after the command.'),
    env: z.record(envName, z.string()).optional().describe('Plain environment variables. No secrets here.'),
    secrets: z.array(secretRef).optional().describe('Environment variables whose values come from Secrets.'),
    egress: z
      .array(egressRule)
      .optional()
      .describe('Destinations that the NetworkPolicy allows, besides DNS. Left out: from the catalog; else none.'),
    volumes: z.array(volume).optional().describe('Persistent storage.'),
    writable: z
      .array(absolutePath)
      .optional()
      .describe('Folders that the server may write to and that are empty at each start, besides /tmp.'),
    security: z
      .strictObject({
        runAsUser: id.optional().describe('Numeric uid of the server; 0 only with hostUsers: false. Default 1000.'),
        runAsGroup: id.optional().describe('Numeric gid of the server. Default: the same number as runAsUser.'),
        hostUsers: z
          .boolean()
          .optional()
          .describe(
            'false: the pod has a user namespace of its own, in which uid 0 is nobody outside. Needs nodes with user namespaces, and Pod Security v1.35 for uid 0. Default true.',
          ),
      })
      .optional()
      .describe('Identity of the container.'),
    shared: z
      .boolean()
      .optional()
      .describe(
        'One process for all sessions instead of one for each. Only for servers that keep nothing about their client and ask it nothing (no sampling, elicitation, roots). Needs bridge.engine mcpk. Default false.',
      ),
    resources: resources.optional(),
    local: z
      .strictObject({
        command: z
          .array(z.string())
          .min(1)
          .describe('The whole command line on this machine. It runs in the folder of mcpk.yaml.'),
      })
      .optional()
      .describe('How `mcpk up` runs it without a cluster. Left out: the npm or PyPI package of the catalog.'),
    verify: z
      .strictObject({
        tools: z.array(z.string()).optional().describe('Tools that must be served.'),
        call: z
          .strictObject({
            tool: z.string().min(1).describe('Name of the tool.'),
            arguments: z.record(z.string(), z.unknown()).optional().describe('Its arguments.'),
          })
          .optional()
          .describe('A tool call that is safe to make and must succeed.'),
      })
      .optional()
      .describe('What `mcpk verify` expects of this server.'),
  })
  .describe('One MCP server. `{}` takes everything from the catalog.');

const ignore = z
  .strictObject({
    rule: z.string().min(1).describe('Id of a rule, or a family of rules: the part before the dot.'),
    server: z.string().optional().describe('Only for this server.'),
    object: z
      .string()
      .regex(/^[A-Za-z]+\/[^/]+$/)
      .optional()
      .describe('Only for this object, e.g. "Deployment/mcp-gateway".'),
    container: z.string().optional().describe('Only for containers of this name.'),
    reason: z.string().min(1).describe('Why it may be as it is.'),
    expires: z
      .string()
      .regex(/^[0-9]{4}-[01][0-9]-[0-3][0-9]$/)
      .optional()
      .describe('Day from which on it is told again.'),
  })
  .describe('Findings of `mcpk lint` that are not told.');

export const configSchema = z
  .strictObject({
    apiVersion: z.literal('mcpk/v1').describe('Version of this file’s format.'),
    name: dnsLabel.max(40).describe('Name of the app: a DNS label. It is the value of the instance label.'),
    namespace: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .max(63)
      .optional()
      .describe('Kubernetes namespace. Default: the app’s name.'),
    gateway: z
      .strictObject({
        engine: engine.optional().describe('Whose gateway: `mcpk` (default) or `docker` (docker/mcp-gateway).'),
        image: z.string().min(1).optional().describe('Gateway image. Default: the engine’s own.'),
        auth: z
          .strictObject({
            secret: z
              .string()
              .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/)
              .describe(
                'Secret with the bearer token under the key `token`. `mcpk deploy` creates it if it is missing.',
              ),
          })
          .optional()
          .describe('How clients authenticate.'),
        resources: resources.optional(),
      })
      .optional()
      .describe('The one endpoint that clients talk to.'),
    bridge: z
      .strictObject({
        engine: engine.optional().describe('Whose stdio-to-TCP bridge: `mcpk` (default) or `docker`.'),
        image: z.string().min(1).optional().describe('Image that carries the bridge. Default: the engine’s own.'),
      })
      .optional()
      .describe('The process that puts a stdio server on TCP :4444.'),
    servers: z
      .record(dnsLabel.max(SERVER_NAME_MAX), server.nullable())
      .describe('The MCP servers by name. A name is a DNS label; the Service is `mcp-<name>`.'),
    lint: z
      .strictObject({ ignore: z.array(ignore).optional().describe('What is known and accepted.') })
      .optional()
      .describe('What `mcpk lint` leaves out.'),
  })
  .describe('What one mcpk app runs: the gateway and its MCP servers.');

export type Config = z.infer<typeof configSchema>;
export type ServerConfig = NonNullable<Config['servers'][string]>;
export type ResourcesConfig = z.infer<typeof resources>;
export type EgressRule = z.infer<typeof egressRule>;
export type VolumeConfig = z.infer<typeof volume>;
export type SecretEnv = z.infer<typeof secretRef>;
export type IgnoreConfig = z.infer<typeof ignore>;
export type Engine = z.infer<typeof engine>;

/** A catalog entry, `templates/servers/<name>.yaml`: the facts of one MCP server image. */
export const catalogEntrySchema = z.strictObject({
  name: dnsLabel.max(SERVER_NAME_MAX),
  title: z.string(),
  description: z.string(),
  source: z.url().describe('Where the server’s code is.'),
  checked: z.iso.date().describe('Day on which the facts were last checked.'),
  image: z.string().nullable().describe('Public image, null where none is known: the user must name one.'),
  alternatives: z.array(z.strictObject({ image: z.string(), note: z.string() })).optional(),
  package: z
    .strictObject({
      registry: z.enum(['npm', 'pypi']),
      name: z.string(),
      version: z.string(),
      command: z.array(z.string()).min(1).describe('How the installed package is started over stdio.'),
    })
    .optional(),
  command: z.array(z.string()).min(1).describe('Whole stdio command line in the image.'),
  args: z.array(z.string()).optional().describe('Default arguments, replaced by the config’s own.'),
  env: z.record(envName, z.string()).optional(),
  secrets: z.array(secretRef.extend({ description: z.string() })).optional(),
  egress: z.array(egressRule.extend({ note: z.string().optional() })),
  volumes: z.array(volume.extend({ note: z.string().optional() })).optional(),
  state: z
    .strictObject({
      kind: z.enum(['none', 'session', 'volume']).describe('session: kept in process memory per connection.'),
      note: z.string().optional(),
    })
    .describe('What is lost when the process ends.'),
  nonRoot: z
    .strictObject({
      verdict: z.enum(['ok', 'fails', 'risky', 'unchecked']),
      uid: z.int(),
      reason: z.string(),
      remedies: z.array(z.string()).optional(),
      confidence: z.enum(['observed', 'static']).describe('observed: run; static: read from its Dockerfile.'),
    })
    .describe('Can the image run as this uid with no capabilities?'),
  tools: z.array(z.string()).optional().describe('Tools seen, where known.'),
});

export type CatalogEntry = z.infer<typeof catalogEntrySchema>;
/** Entries by name. */
export type Catalog = Readonly<Record<string, CatalogEntry>>;
