import { CannotCheck, McpFailure } from '../../core/checks/ports.ts';
import { McpkError } from '../../errors.ts';
import { ExecError } from './exec.ts';
import { TunnelError } from './tunnel.ts';

/** Codes of errors that pass by themselves. */
const PASSING = new Set(['cluster.unreachable', 'cluster.unavailable', 'cluster.error']);

/** Errors of the environment become "unchecked"; those of MCP, and our own faults, pass. */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (error instanceof TunnelError) {
    if (error.kind === 'refused') return new McpFailure('refused', error.message);
    if (error.kind === 'denied') {
      return new CannotCheck(error.message, {
        code: 'cluster.forbidden',
        remedies: ['ask for get and create on pods/portforward (mcpk explain cluster.rbac)'],
      });
    }
    return new CannotCheck(error.message, { transient: true });
  }
  if (error instanceof ExecError) {
    const remedies = error.denied
      ? ['ask for get and create on pods/exec (mcpk explain cluster.rbac)', 'or --skip dns.resolve']
      : [];
    return new CannotCheck(error.message, {
      ...(error.denied && { code: 'cluster.forbidden' }),
      remedies,
      transient: !error.denied,
    });
  }
  if (error instanceof McpkError) {
    return new CannotCheck(error.message, {
      code: error.code,
      remedies: error.suggestions,
      transient: PASSING.has(error.code),
    });
  }
  const { code } = error as NodeJS.ErrnoException;
  // The connection broke under an HTTP exchange.
  if (typeof code === 'string' && /^E[A-Z]+$|^HPE_|^UND_|^ERR_STREAM/.test(code))
    return new CannotCheck((error as Error).message, { transient: true });
  return error;
}
