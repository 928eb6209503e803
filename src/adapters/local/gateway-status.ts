import type { NotHere } from '../../core/local/plan.ts';

/** How a server does: as the gateway tells, or why the gateway does not know it. */
export interface ServerStatus {
  name: string;
  state: 'ready' | 'failed' | 'progressing';
  message: string;
  remedies?: string[];
}

type Reported = { state: 'connecting' } | { state: 'ready'; tools: number } | { state: 'failed'; error: string };

const ANSWER_MS = 5000;

/** Asks the gateway how its servers are. Undefined: it does not answer (yet). */
export async function serverStatuses(url: string, notHere: readonly NotHere[]): Promise<ServerStatus[] | undefined> {
  const answer = await fetch(new URL('/ready', url), { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
  const report = (await answer?.json().catch(() => undefined)) as { servers: Record<string, Reported> } | undefined;
  if (!report) return undefined;
  const running = Object.entries(report.servers).map(([name, reported]) => toStatus(name, reported));
  const absent = notHere.map(({ name, message, remedies }) => ({ name, state: 'failed' as const, message, remedies }));
  return [...running, ...absent].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function toStatus(name: string, reported: Reported): ServerStatus {
  if (reported.state === 'ready')
    return { name, state: 'ready', message: `${reported.tools} tool${reported.tools === 1 ? '' : 's'}` };
  if (reported.state === 'failed') return { name, state: 'failed', message: reported.error };
  return { name, state: 'progressing', message: 'starting' };
}
