/** JSON-RPC messages as raw text. */
import { members } from './json-text.ts';

export const ErrorCode = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** The upstream server is not there, or went away. */
  unavailable: -32000,
  timeout: -32001,
  /** Revisions before 2026-07-28 only. */
  resourceNotFound: -32002,
  headerMismatch: -32020,
  missingClientCapability: -32021,
  unsupportedProtocolVersion: -32022,
} as const;

export interface Message {
  /** Raw JSON of the id; undefined in a notification. */
  id?: string;
  method?: string;
  params?: string;
  result?: string;
  error?: string;
  /** Params as a value, for reading only: what is passed on is the raw text. */
  values: Record<string, unknown>;
}

export type Request = Message & { id: string; method: string };

export function isRequest(message: Message): message is Request {
  return message.id !== undefined && message.method !== undefined;
}

/** Throws a SyntaxError for text that is not JSON; undefined for JSON that is no JSON-RPC message. */
export function parseMessage(text: string): Message | undefined {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? splitMessage(text, value) : undefined;
}

function splitMessage(text: string, value: Record<string, unknown>): Message | undefined {
  const raw = members(text);
  const message: Message = { values: isObject(value.params) ? value.params : {} };
  for (const part of ['id', 'params', 'result', 'error'] as const) {
    const member = raw.get(part);
    if (member !== undefined) message[part] = member;
  }
  if (typeof value.method === 'string') message.method = value.method;
  const answers = message.id !== undefined && (message.result !== undefined || message.error !== undefined);
  return message.method !== undefined || answers ? message : undefined;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function request(id: string, method: string, params: string | undefined): string {
  return `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${params === undefined ? '' : `,"params":${params}`}}`;
}

export function notification(method: string, params?: string): string {
  return `{"jsonrpc":"2.0","method":${JSON.stringify(method)}${params === undefined ? '' : `,"params":${params}`}}`;
}

export function resultMessage(id: string, result: string): string {
  return `{"jsonrpc":"2.0","id":${id},"result":${result}}`;
}

export function errorMessage(id: string | undefined, error: RpcError): string {
  return `{"jsonrpc":"2.0","id":${id ?? 'null'},"error":${error.raw}}`;
}

/** An error that the client is told. */
export class RpcError extends Error {
  readonly code: number;
  /** Raw JSON. */
  readonly data: string | undefined;
  /** The error member as the server sent it; undefined for the gateway's own errors. */
  #raw: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.code = code;
    this.data = data;
  }

  /** The error member of a message that came from a server. */
  static fromRaw(raw: string): RpcError {
    const value: unknown = JSON.parse(raw);
    const fields = isObject(value) ? value : {};
    const code = Number.isInteger(fields.code) ? (fields.code as number) : ErrorCode.internal;
    const message = typeof fields.message === 'string' ? fields.message : raw;
    const error = new RpcError(code, message, isObject(value) ? members(raw).get('data') : undefined);
    // Clients may not be able to read anything else.
    if (code === fields.code && message === fields.message) error.#raw = raw;
    return error;
  }

  get raw(): string {
    const data = this.data === undefined ? '' : `,"data":${this.data}`;
    return this.#raw ?? `{"code":${this.code},"message":${JSON.stringify(this.message)}${data}}`;
  }

  /**
   * Errors about a connection, be they the gateway's or a bridge's, name the server that they are about.
   * What a server itself says stays as it is.
   */
  from(server: string): RpcError {
    const isAboutConnection = this.code === ErrorCode.unavailable || this.code === ErrorCode.timeout;
    if (this.#raw !== undefined && !isAboutConnection) return this;
    return new RpcError(this.code, `server "${server}": ${this.message}`, this.data);
  }
}

export function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error;
  return new RpcError(ErrorCode.unavailable, error instanceof Error ? error.message : String(error));
}
