import { PassThrough } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';

export interface ExecTarget {
  namespace: string;
  pod: string;
  container: string;
}

export interface ExecResult {
  stdout: string;
  stderr: string;
  exitCode: number;
}

/** The command could not be run at all. */
export class ExecError extends Error {
  readonly denied: boolean;

  constructor(message: string, denied = false) {
    super(message);
    this.denied = denied;
  }
}

/** What the API server sends when a command has ended. */
interface EndStatus {
  status?: string;
  message?: string;
  reason?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/** Runs a command in a container. @throws ExecError where it does not run or does not end in time */
export async function execInPod(
  config: KubeConfig,
  target: ExecTarget,
  command: string[],
  options: { timeoutMs: number; signal: AbortSignal },
): Promise<ExecResult> {
  const { Exec } = await import('@kubernetes/client-node/dist/exec.js');
  const stdout = collector();
  const stderr = collector();
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  let socket:
    | { close(): void; terminate?(): void; on(event: string, listener: (detail: unknown) => void): void }
    | undefined;
  try {
    const status = await new Promise<EndStatus>((resolve, reject) => {
      limit.addEventListener('abort', () => reject(new ExecError(`no end within ${options.timeoutMs / 1000} s`)), {
        once: true,
      });
      new Exec(config)
        .exec(
          target.namespace,
          target.pod,
          target.container,
          command,
          stdout.stream,
          stderr.stream,
          null,
          false,
          (end) => resolve(end as EndStatus),
        )
        .then(
          (opened) => {
            socket = opened as unknown as typeof socket;
            if (limit.aborted) socket?.terminate?.();
            socket?.on('close', () => reject(new ExecError('the connection closed before the command ended')));
            socket?.on('error', (error) => reject(openError(error, target)));
          },
          (error: unknown) => reject(openError(error, target)),
        );
    });
    return { stdout: stdout.text(), stderr: stderr.text(), exitCode: exitCode(status, target) };
  } catch (error) {
    options.signal.throwIfAborted();
    throw error;
  } finally {
    socket?.terminate?.();
  }
}

function collector() {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}

function exitCode(status: EndStatus, target: ExecTarget): number {
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code === undefined)
    throw new ExecError(`cannot run a command in pod ${target.pod}: ${status.message ?? 'no reason given'}`);
  return Number(code);
}

function openError(error: unknown, { pod }: ExecTarget): ExecError {
  const message = String((error as { message?: unknown })?.message ?? error);
  const denied = /\b40[13]\b/.test(message);
  return new ExecError(
    denied ? `you may not run a command in pod ${pod}` : `cannot run a command in pod ${pod}: ${message}`,
    denied,
  );
}
