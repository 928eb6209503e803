import { randomBytes } from 'node:crypto';
import { connect } from '../adapters/kube/connection.ts';
import { runTrial } from '../adapters/kube/trial.ts';
import type { InspectResult } from '../contract.ts';
import { trialJob } from '../core/trial/trial-job.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';

export interface TrialOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
  /** Default: the context's, then `default`. It must exist. */
  namespace?: string | undefined;
  bridgeImage?: string | undefined;
  version: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal: AbortSignal;
  onProgress: (message: string) => void;
}

/** Runs on a cluster what was judged, in the pod that mcpk would make of it. @throws McpkError */
export async function tryImage(judged: InspectResult, options: TrialOptions): Promise<InspectResult> {
  const { identity, argv } = judged;
  if (!identity || argv.length === 0)
    throw new UsageError('usage.invalid', `there is nothing to run: ${judged.summary}`, {
      suggestions: ['name a program after --, and a user with --uid'],
    });
  const kube = await connect(options);
  try {
    const namespace = options.namespace ?? kube.config.getContextObject(kube.context)?.namespace ?? 'default';
    const job = trialJob({
      name: `mcpk-inspect-${randomBytes(4).toString('hex')}`,
      namespace,
      image: nodeReference(judged.image),
      argv,
      runAsUser: identity.uid,
      runAsGroup: identity.gid,
      bridgeImage: options.bridgeImage,
      version: options.version,
      timeoutSeconds: Math.ceil(options.timeoutMs / 1000),
    });
    const { timeoutMs, signal, onProgress } = options;
    const { serverInfo, ...report } = await runTrial({ kube, job, timeoutMs, signal, onProgress });
    return { ...judged, run: { namespace, context: kube.context, ...report, ...(serverInfo && { serverInfo }) } };
  } finally {
    kube.close();
  }
}

/** What ran is worth more than what was read. */
export function trialExitCode({ run }: InspectResult): ExitCode {
  return run?.ok ? EXIT.ok : EXIT.failed;
}

/** @throws UsageError for what only this machine has */
export function nodeReference(image: string): string {
  if (!/^(oci|oci-archive|docker-archive|docker-daemon):/.test(image)) return image.replace(/^docker:\/\//, '');
  throw new UsageError('usage.invalid', `--run needs an image that the nodes can pull, and ${image} is not`, {
    suggestions: ['push it to a registry, and inspect it there', 'or leave --run out'],
  });
}
