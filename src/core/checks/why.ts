import type { App, Server } from '../app/app.ts';
import { type Diagnosis, diagnoseLog } from '../diagnosis.ts';
import { fail, type Outcome, type ServerTarget, type Story } from './check.ts';
import { CannotCheck, type CommonPorts, type McpFailure, type Pod, type Ports } from './ports.ts';

/** Finding out why a server does not answer: from its pod's log, or from what its bridge says. */

export const SERVER_CONTAINER = 'server';

/** Diagnoses that say that the server's program cannot be executed at all: a running pod will never recover. */
const START_FAULTS = new Set([
  'server.exec-denied',
  'server.exec-format',
  'server.interpreter-missing',
  'server.exec-not-found',
]);

export function isStartFault(diagnosis: Diagnosis | undefined): boolean {
  return diagnosis !== undefined && START_FAULTS.has(diagnosis.id);
}

/** The cause that the pod's log tells; undefined where it tells none or may not be read. */
export async function diagnosePod(ports: Ports, { server }: ServerTarget, pod: Pod): Promise<Cause | undefined> {
  const log = await readLog(ports, pod);
  return log === undefined ? undefined : causeInLog(log, server);
}

/** The cause that what the server printed tells; undefined where it tells none or may not be read. */
export async function diagnoseServer({ output }: CommonPorts, { server }: ServerTarget): Promise<Cause | undefined> {
  const text = await ifAllowed(() => output.server(server.name));
  return text === undefined ? undefined : causeInLog(text, server);
}

export interface Cause extends Story {
  diagnosis: Diagnosis;
}

export function causeInLog(log: string, server: Server): Cause | undefined {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  // The first line that tells something: later ones repeat it, or follow from it.
  for (const line of lines) {
    const diagnosis = diagnoseLog(line, logContext(server));
    if (isStartFault(diagnosis)) return asCause(diagnosis, [line.trim()]);
  }
  return asCause(diagnoseLog(log, logContext(server)), lines.slice(-5));
}

/** What an error of mcpk's bridge says: its message names the same things as its log line. */
export function causeInError(error: McpFailure, server: Server): Cause | undefined {
  if (error.kind !== 'rpc') return undefined;
  const { errno, path, uid } = (error.details.data ?? {}) as { errno?: unknown; path?: unknown; uid?: unknown };
  const context = { ...logContext(server), ...(typeof uid === 'number' && { uid }) };
  const known = diagnoseLog(error.message, context);
  const evidence = [`the bridge answers: ${error.message}`];
  if (typeof errno === 'string' && typeof path === 'string')
    evidence.push(`errno ${errno}, path ${path}${typeof uid === 'number' ? `, uid ${uid}` : ''}`);
  return asCause(known, evidence);
}

/** A failure that carries what is known of its cause. */
export function failBecause(message: string, cause: Cause | undefined, otherwise: Story = {}): Outcome {
  if (!cause) return fail(message, otherwise);
  const { diagnosis, ...story } = cause;
  return fail(message, { ...story, terminal: isStartFault(diagnosis) });
}

/** Undefined where there is no log to read, or where we may not: what is known without it still counts. */
export function readLog(ports: Ports, pod: Pod, container = SERVER_CONTAINER): Promise<string | undefined> {
  return ifAllowed(() => ports.cluster.log(pod.name, container));
}

async function ifAllowed(read: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CannotCheck) return undefined;
    throw error;
  }
}

/** With docker's bridge Kubernetes cannot see the fault, and people trust what `kubectl get pods` says. */
export function hidden(app: App): string {
  return app.bridge.engine === 'docker'
    ? 'the pod is Ready all the same: docker-mcp-bridge listens before it starts the server, and keeps the connection open when that fails'
    : '';
}

function logContext({ name, identity, image, argv }: Server) {
  return { server: name, uid: identity.runAsUser, image, argv };
}

function asCause(diagnosis: Diagnosis | undefined, evidence: string[]): Cause | undefined {
  return diagnosis && { diagnosis, cause: diagnosis.cause, remedies: diagnosis.remedies, evidence };
}
