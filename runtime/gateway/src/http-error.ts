/** A request that ends with an HTTP status of its own. */
import { ErrorCode, RpcError } from './jsonrpc.ts';

export class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** What the JSON-RPC body says: that is what MCP clients show. */
  readonly error: RpcError;

  constructor(status: number, error: string | RpcError, headers: Record<string, string> = {}) {
    super(typeof error === 'string' ? error : error.message);
    this.status = status;
    this.headers = headers;
    this.error = typeof error === 'string' ? new RpcError(ErrorCode.unavailable, error) : error;
  }
}
