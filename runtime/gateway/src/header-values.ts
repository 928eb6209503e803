/** Header values that repeat a part of the body. */
import { HttpError } from './http-error.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** What does not fit into a header comes as `=?base64?...?=`. Undefined if it is missing or cannot be decoded. */
export function decodeHeader(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string') return undefined;
  const encoded = /^=\?base64\?(.*)\?=$/s.exec(header.trim())?.[1];
  if (encoded === undefined) return header.trim();
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : undefined;
}

export function headerMismatch(message: string): HttpError {
  return new HttpError(400, new RpcError(ErrorCode.headerMismatch, message));
}
