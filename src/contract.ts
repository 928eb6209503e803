/**
 * What every command prints with --json, written once: the types of the actions' results come from here, and so do
 * the JSON Schemas in schemas/. At run time nothing imports this file, so zod is never loaded.
 */
import { z } from 'zod';

const problem = z.strictObject({
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  column: z.int().optional(),
  pointer: z.string().optional(),
  frame: z.string().optional(),
  suggestion: z.string().optional(),
});

const error = z.strictObject({
  code: z.string().describe('Stable id, also the page name of `mcpk explain`.'),
  message: z.string(),
  suggestions: z.array(z.string()),
  docs: z.string(),
  problems: z.array(problem).optional(),
});

/** The envelope of one command. `result` is there when the command ran, also when it found faults. */
export function envelopeSchema(command: string, result: z.ZodType) {
  return z.strictObject({
    schemaVersion: z.literal(1),
    ok: z.boolean().describe('True exactly when the exit code is 0.'),
    command: z.literal(command),
    result: result.optional(),
    warnings: z.array(z.string()),
    error: error.optional(),
  });
}

const objectRef = z.strictObject({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
});

const imageVerdict = z.strictObject({
  server: z.string(),
  image: z.string(),
  verdict: z.enum(['ok', 'fails', 'risky', 'unchecked']),
  summary: z.string(),
  code: z.string().optional().describe('Why it could not be checked: an error code.'),
  errno: z.string().optional(),
  path: z.string().optional(),
  message: z.string().optional(),
  remedies: z.array(z.string()),
  works: z.array(z.strictObject({ runAsUser: z.int(), runAsGroup: z.int().optional() })),
});

const server = z.strictObject({
  name: z.string(),
  image: z.string().nullable(),
  source: z.enum(['catalog', 'config']),
  nonRoot: z.enum(['ok', 'fails', 'risky', 'unchecked']),
  reason: z.string().optional(),
});

const init = z.strictObject({
  file: z.string(),
  name: z.string(),
  namespace: z.string(),
  servers: z.array(server),
});

const addServer = z.strictObject({
  file: z.string(),
  added: z.array(server),
  images: z.array(imageVerdict).describe('What the images themselves say of the servers that were added.'),
  nextSteps: z.array(z.string()),
});

const removeServer = z.strictObject({ file: z.string(), removed: z.array(z.string()) });

const list = z.strictObject({
  app: z.string().optional(),
  namespace: z.string().optional(),
  servers: z.array(server),
  catalog: z.array(z.strictObject({ name: z.string(), description: z.string() })).optional(),
});

const render = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  objects: z.array(objectRef),
  files: z.array(z.string()).optional().describe('Written files, with --output.'),
  manifests: z.string().optional().describe('The YAML documents, without --output.'),
});

const workload = z.strictObject({
  name: z.string(),
  component: z.enum(['server', 'gateway']),
  state: z.enum(['ready', 'failed', 'progressing']),
  durationMs: z.int(),
  message: z.string().optional(),
  code: z.string().optional().describe('Diagnosis id, where it is not ready; `mcpk explain ID` tells more.'),
  cause: z.string().optional(),
  remedies: z.array(z.string()).optional(),
  evidence: z.array(z.string()).optional(),
});

const deploy = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  images: z.array(imageVerdict).describe('What the images say, before anything was changed.'),
  applied: z.array(objectRef.extend({ action: z.enum(['created', 'changed', 'unchanged']) })),
  pruned: z.array(objectRef),
  token: z.strictObject({ secret: z.string(), action: z.enum(['created', 'kept']) }),
  workloads: z.array(workload),
  revision: z.int().optional().describe('Number in mcpk history.'),
  durationMs: z.int(),
});

const remove = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  deleted: z.array(objectRef),
  kept: z.array(objectRef.extend({ reason: z.string() })),
});

const status = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  workloads: z.array(
    workload.omit({ durationMs: true, message: true }).extend({
      state: z.enum(['ready', 'failed', 'progressing', 'missing']),
      message: z.string(),
      image: z
        .string()
        .nullable()
        .describe('What the cluster has, not what the config says; null where it is missing.'),
      restarts: z.int().describe('Of all containers of its pods.'),
      ageSeconds: z.int().optional().describe('Of its newest pod.'),
    }),
  ),
});

const history = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  revisions: z
    .array(
      z.strictObject({
        revision: z.int(),
        created: z.string(),
        outcome: z.enum(['ready', 'failed', 'progressing', 'unfinished']),
        note: z.string().optional(),
        changes: z.array(z.string()).describe('Against the revision before.'),
      }),
    )
    .describe('Newest first: the first is what is deployed, or was tried.'),
});

const rollback = deploy
  .pick({ app: true, namespace: true, context: true, applied: true, pruned: true, workloads: true, durationMs: true })
  .extend({
    to: z.int().describe('The revision whose objects were applied.'),
    revision: z.int().optional().describe('The new one, which is the same as that.'),
    notRestored: z.array(z.string()).describe('What a rollback leaves as it is.'),
  });

const condition = z.strictObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
});

const diagnose = status.omit({ workloads: true }).extend({
  workloads: z.array(
    status.shape.workloads.element.extend({
      conditions: z.array(condition).describe('Of its Deployment.'),
      pods: z.array(
        z.strictObject({
          name: z.string(),
          phase: z.string(),
          node: z.string().optional(),
          ageSeconds: z.int(),
          conditions: z.array(condition).describe('Those that do not hold.'),
          containers: z.array(
            z.strictObject({
              name: z.string(),
              init: z.boolean(),
              image: z.string(),
              state: z.enum(['running', 'waiting', 'ended', 'unknown']),
              ready: z.boolean(),
              restarts: z.int(),
              reason: z.string().optional(),
              message: z.string().optional(),
              exitCode: z.int().optional(),
              lastEnd: z.string().optional().describe('How its life before this one ended.'),
            }),
          ),
        }),
      ),
      events: z.array(
        z.strictObject({
          type: z.string(),
          reason: z.string(),
          object: z.string(),
          message: z.string(),
          count: z.int(),
          ageSeconds: z.int(),
        }),
      ),
      logs: z
        .array(
          z.strictObject({ pod: z.string(), container: z.string(), previous: z.boolean(), lines: z.array(z.string()) }),
        )
        .describe('The last lines; what looks like a secret is masked.'),
    }),
  ),
  bundle: z
    .strictObject({ folder: z.string(), files: z.array(z.string()) })
    .optional()
    .describe('With --bundle: what was written.'),
});

const logs = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  lines: z
    .array(
      z.strictObject({
        server: z.string().describe('Or mcp-gateway.'),
        pod: z.string(),
        container: z.string(),
        previous: z.boolean().describe('Of the life of the container before its last restart.'),
        time: z.string(),
        text: z.string(),
      }),
    )
    .describe('In the order of their time.'),
  silent: z
    .array(
      z.strictObject({
        server: z.string(),
        state: z.enum(['ready', 'failed', 'progressing', 'missing']),
        reason: z.string(),
        code: z.string().optional(),
        remedies: z.array(z.string()).optional(),
      }),
    )
    .describe('What has no line, and why.'),
});

const diff = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  summary: z.strictObject({ create: z.int(), change: z.int(), prune: z.int(), same: z.int() }),
  objects: z.array(
    objectRef.extend({
      action: z.enum(['create', 'change', 'prune', 'same']),
      dryRun: z
        .boolean()
        .describe('False: the cluster could not be asked, e.g. because the namespace is not there yet.'),
      diff: z.string().optional().describe('Unified, of YAML, with secrets masked.'),
      conflicts: z
        .array(z.strictObject({ field: z.string(), manager: z.string() }))
        .optional()
        .describe('Fields that others have set to another value.'),
    }),
  ),
  obstacles: z
    .array(objectRef.partial().extend({ code: z.string(), message: z.string(), suggestions: z.array(z.string()) }))
    .describe('Why the cluster would not take it: a deploy fails on each of them.'),
});

const checkResult = z.strictObject({
  id: z.string(),
  category: z.string(),
  title: z.string(),
  server: z.string().optional(),
  severity: z.enum(['error', 'warning', 'info']),
  status: z
    .enum(['pass', 'warn', 'fail', 'skipped', 'unchecked', 'suppressed'])
    .describe('warn: a failure of a check that is no error. suppressed: a failure that --suppress accepts.'),
  durationMs: z.int(),
  message: z.string().optional(),
  value: z.number().optional().describe('What was measured.'),
  unit: z.enum(['ms', 'bytes']).optional(),
  tools: z.array(z.string()).optional().describe('Tools that the server lists, of mcp.server.tools.'),
  cause: z.string().optional(),
  remedies: z.array(z.string()).optional(),
  evidence: z.array(z.string()).optional(),
  blockedBy: z.string().optional().describe('`ID` or `ID[SERVER]` of the check that it waits for.'),
  reason: z.string().optional().describe('Why a failure is accepted, of suppressed ones.'),
  at: z
    .strictObject({ file: z.string(), line: z.int().optional(), column: z.int().optional() })
    .optional()
    .describe('The place in the config, of those that neither passed nor were skipped.'),
});

const up = z.strictObject({
  app: z.string(),
  url: z.string().describe('Where clients connect, with the token as bearer.'),
  tokenFile: z.string(),
  folder: z.string().describe('What belongs to this app on this machine: its log, and what its servers store.'),
  running: z.boolean().describe('True after --detach.'),
  servers: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['ready', 'failed', 'progressing']),
      message: z.string(),
      remedies: z.array(z.string()).optional(),
    }),
  ),
});

const down = z.strictObject({
  config: z.string(),
  stopped: z
    .array(z.strictObject({ app: z.string(), folder: z.string().describe('What its servers stored: it stays there.') }))
    .describe('Empty: nothing ran.'),
});

const verify = z.strictObject({
  app: z.string(),
  target: z.enum(['cluster', 'local']),
  namespace: z.string().optional().describe('Of the target cluster.'),
  context: z.string().optional().describe('Of the target cluster.'),
  url: z.string().optional().describe('Of the target local, where it runs.'),
  summary: z.strictObject({
    pass: z.int(),
    warn: z.int(),
    fail: z.int(),
    skipped: z.int(),
    unchecked: z.int(),
    suppressed: z.int(),
  }),
  broken: z.array(z.string()).describe('Servers with a failed check.'),
  checks: z.array(checkResult),
  durationMs: z.int(),
});

const checkList = z
  .strictObject({
    checks: z.array(
      z.strictObject({
        id: z.string(),
        category: z.string(),
        title: z.string(),
        severity: z.enum(['error', 'warning', 'info']),
        scope: z.enum(['app', 'server']),
        needs: z.array(z.string()),
        retry: z.boolean(),
      }),
    ),
  })
  .describe('With --list: the checks, none of them run.');

const explain = z.strictObject({ id: z.string(), text: z.string() });

const verdict = z.enum(['ok', 'fails', 'risky', 'unchecked']);

const inspect = z.strictObject({
  image: z.string(),
  digest: z.string().describe('Of the manifest of this platform.'),
  platform: z.string(),
  user: z.string().describe('USER of the image; empty is root.'),
  verdict,
  summary: z.string(),
  errno: z.string().optional().describe('What execve, or the first thing after it, returns.'),
  path: z.string().optional().describe('The file or folder that stands in the way.'),
  message: z.string().optional().describe('The error as the pod shows it.'),
  identity: z.strictObject({ uid: z.int(), gid: z.int(), groups: z.array(z.int()) }).optional(),
  argv: z.array(z.string()),
  workingDir: z.string(),
  chain: z
    .array(
      z.strictObject({
        of: z.string().describe('The file that is opened: a program, the interpreter that a script names, a loader.'),
        role: z.enum(['program', 'interpreter', 'loader']),
        path: z.string(),
        depth: z.int().describe('How many links deep.'),
        type: z.enum(['file', 'directory', 'symlink', 'special', 'missing']),
        mode: z.string().optional(),
        uid: z.int().optional(),
        gid: z.int().optional(),
        target: z.string().optional(),
        errno: z.string().optional().describe('It ends here.'),
      }),
    )
    .describe('Every file and folder on the way, in the order in which the kernel looks at them.'),
  warnings: z.array(z.string()),
  remedies: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      config: z.record(z.string(), z.unknown()).optional().describe('Below servers.NAME of mcpk.yaml.'),
      command: z.string().optional(),
      dockerfile: z.array(z.string()).optional(),
    }),
  ),
  works: z
    .array(z.strictObject({ runAsUser: z.int(), runAsGroup: z.int().optional() }))
    .describe('Identities without root as which it starts; without runAsGroup the image decides.'),
  stale: z.boolean().describe('The registry could not be asked: this is what the tag meant before.'),
  run: z
    .strictObject({
      namespace: z.string(),
      context: z.string(),
      ok: z.boolean(),
      stage: z.string().optional().describe('Where it failed: container, resolve, exec, initialize or list.'),
      error: z.string().optional(),
      errno: z.string().optional(),
      path: z.string().optional(),
      uid: z.int().optional(),
      gid: z.int().optional(),
      serverInfo: z.object({ name: z.string(), version: z.string() }).optional(),
      protocolVersion: z.string().optional(),
      tools: z.array(z.string()).optional(),
      durationMs: z.int().optional(),
      stderr: z.string().optional(),
    })
    .optional()
    .describe('With --run: what was seen on the cluster. It decides the exit code.'),
});

const fix = z.strictObject({
  image: z.string(),
  output: z.string().nullable().describe('Where the derived image is; null where nothing needed to be changed.'),
  digest: z.string().describe('Of the derived image’s manifest, or of the image’s own.'),
  changes: z.array(z.strictObject({ path: z.string(), change: z.string() })),
  layerBytes: z.int().describe('What the layer adds, packed.'),
  dockerfile: z.array(z.string()),
});

const place = {
  file: z.string().describe('As given or found; "-" is standard input.'),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
};

const template = z
  .string()
  .optional()
  .describe('File that the object was rendered from, as Helm’s comments and Kustomize’s origin annotations say.');

const finding = z.strictObject({
  rule: z.string().describe('Stable id, also the page name of `mcpk explain`.'),
  severity: z.enum(['error', 'warning', 'info']),
  message: z.string(),
  remedy: z.string().describe('What to do next.'),
  ...place,
  pointer: z.string().optional().describe('JSON Pointer in the document that the place is in.'),
  template,
  frame: z.string().optional().describe('The line at fault with its neighbours.'),
  object: objectRef.optional(),
  server: z.string().optional().describe('The MCP server that it is about.'),
  container: z.string().optional(),
  fixable: z.boolean().describe('Whether --fix mends it.'),
  fingerprint: z.string().describe('The same for the same fault, wherever in the file it moves.'),
});

const suppressedFinding = finding.extend({
  suppressed: z.strictObject({ by: z.enum(['config', 'comment', 'baseline']), reason: z.string() }),
});

const lint = z.strictObject({
  files: z.int().describe('How many were read.'),
  objects: z.int().describe('How many Kubernetes objects were looked at.'),
  summary: z.strictObject({
    error: z.int(),
    warning: z.int(),
    info: z.int(),
    suppressed: z.int(),
    unchecked: z.int(),
  }),
  findings: z.array(finding),
  suppressed: z.array(suppressedFinding),
  unchecked: z
    .array(
      z.strictObject({ what: z.enum(['kind', 'image']), name: z.string(), reason: z.string(), ...place, template }),
    )
    .describe('What could not be looked at, and therefore is not known to be right.'),
  fixes: z
    .array(
      z.strictObject({
        file: z.string(),
        rules: z.array(z.string()),
        written: z.boolean(),
        diff: z.string().optional().describe('Unified, with --diff.'),
      }),
    )
    .optional()
    .describe('With --fix or --diff.'),
});

const connect = z.strictObject({
  app: z.string(),
  namespace: z.string(),
  context: z.string(),
  pod: z.string().describe('Where connections go now; another one takes its place by itself.'),
  url: z.string().describe('Where clients connect, with the token as bearer.'),
  token: z
    .strictObject({
      secret: z.string(),
      key: z.string(),
      command: z.string().describe('Shell command that writes it.'),
    })
    .describe('Where the token is. It is never printed.'),
  client: z
    .strictObject({
      name: z.enum(['claude', 'claude-code', 'vscode', 'cursor', 'json']),
      file: z.string().optional().describe("The client's config file, where it has one."),
      written: z.boolean().describe('With --write: the file has the entry now.'),
      holdsToken: z.boolean().describe('True where the file itself holds the token: the client reads no reference.'),
      entry: z.record(z.string(), z.unknown()).describe('What belongs into the file; without the token.'),
      nextSteps: z.array(z.string()),
    })
    .optional()
    .describe('With --client.'),
});

export const resultSchemas = {
  inspect,
  fix,
  init,
  'add-server': addServer,
  'remove-server': removeServer,
  list,
  render,
  lint,
  deploy,
  diff,
  status,
  logs,
  diagnose,
  history,
  rollback,
  delete: remove,
  up,
  down,
  connect,
  verify: z.union([verify, checkList]),
  explain,
};

export type InspectResult = z.infer<typeof inspect>;
export type FixResult = z.infer<typeof fix>;
export type ImageVerdict = z.infer<typeof imageVerdict>;
export type InitResult = z.infer<typeof init>;
export type AddServerResult = z.infer<typeof addServer>;
export type RemoveServerResult = z.infer<typeof removeServer>;
export type ListResult = z.infer<typeof list>;
export type ListedServer = z.infer<typeof server>;
export type RenderResult = z.infer<typeof render>;
export type DeployResult = z.infer<typeof deploy>;
export type StatusResult = z.infer<typeof status>;
export type LogsResult = z.infer<typeof logs>;
export type DiagnoseResult = z.infer<typeof diagnose>;
export type HistoryResult = z.infer<typeof history>;
export type RollbackResult = z.infer<typeof rollback>;
export type DiffResult = z.infer<typeof diff>;
export type WorkloadResult = z.infer<typeof workload>;
export type DeleteResult = z.infer<typeof remove>;
export type UpResult = z.infer<typeof up>;
export type DownResult = z.infer<typeof down>;
export type ConnectResult = z.infer<typeof connect>;
export type VerifyResult = z.infer<typeof verify>;
export type CheckListResult = z.infer<typeof checkList>;
export type CheckResult = z.infer<typeof checkResult>;
export type ExplainResult = z.infer<typeof explain>;
export type LintResult = z.infer<typeof lint>;
export type LintFinding = z.infer<typeof finding>;
export type SuppressedFinding = z.infer<typeof suppressedFinding>;
export type ObjectRef = z.infer<typeof objectRef>;
