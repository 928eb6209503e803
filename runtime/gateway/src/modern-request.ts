/**
 * What the revision 2026-07-28 demands of each HTTP request before it is served.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
import type { IncomingHttpHeaders } from 'node:http';
import { relayedCapabilities } from './client-capabilities.ts';
import { Meta, MODERN_REVISION } from './envelope.ts';
import { decodeHeader, headerMismatch } from './header-values.ts';
import { HttpError } from './http-error.ts';
import { members } from './json-text.ts';
import { ErrorCode, isObject, type Message, type Request, RpcError } from './jsonrpc.ts';
import { LEGACY_REVISIONS } from './legacy.ts';

export const REVISIONS = [MODERN_REVISION, ...LEGACY_REVISIONS];

/** What a request says of its client. */
export interface Envelope {
  /** Raw, as servers are told. */
  capabilities: string;
  wantsLog: boolean;
}

/** The part of params that the header Mcp-Name repeats, by method. */
const NAMED: Record<string, string> = { 'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri' };

/** True for a message of a client that needs no session. Which era it is of is said by `_meta`, or else by a header. */
export function isModern(headers: IncomingHttpHeaders, { values }: Message): boolean {
  const header = headers['mcp-protocol-version'];
  return (
    metaOf(values)[Meta.protocolVersion] !== undefined || (typeof header === 'string' && header >= MODERN_REVISION)
  );
}

function metaOf(values: Record<string, unknown>): Record<string, unknown> {
  return isObject(values._meta) ? values._meta : {};
}

/** Throws an HttpError with status 400 and the code that the specification gives for what is wrong. */
export function checkModern(headers: IncomingHttpHeaders, request: Request): Envelope {
  const meta = metaOf(request.values);
  for (const key of [Meta.protocolVersion, Meta.clientCapabilities]) {
    if (meta[key] === undefined) throw refuse(ErrorCode.invalidParams, `params._meta needs "${key}"`);
  }
  if (!isObject(meta[Meta.clientCapabilities])) {
    throw refuse(ErrorCode.invalidParams, `"${Meta.clientCapabilities}" must be an object`);
  }
  checkRevision(headers, String(meta[Meta.protocolVersion]));
  checkNames(headers, request);
  const raw = members(request.params as string).get('_meta') as string;
  return {
    capabilities: relayedCapabilities(members(raw).get(Meta.clientCapabilities)),
    wantsLog: meta[Meta.logLevel] !== undefined,
  };
}

function checkRevision(headers: IncomingHttpHeaders, revision: string): void {
  const header = headers['mcp-protocol-version'];
  if (header !== revision) {
    const said = header === undefined ? 'is missing' : `says ${header}`;
    throw headerMismatch(`the header MCP-Protocol-Version ${said}, the body ${revision}`);
  }
  if (revision === MODERN_REVISION) return;
  const data = JSON.stringify({ supported: REVISIONS, requested: revision });
  throw refuse(ErrorCode.unsupportedProtocolVersion, `unsupported protocol version: ${revision}`, data);
}

function checkNames(headers: IncomingHttpHeaders, { method, values }: Request): void {
  checkHeader('Mcp-Method', headers['mcp-method'], method);
  const key = NAMED[method];
  const value = key === undefined ? undefined : values[key];
  if (typeof value === 'string') checkHeader('Mcp-Name', decodeHeader(headers['mcp-name']), value);
}

function checkHeader(name: string, header: string | string[] | undefined, expected: string): void {
  if (header === undefined) throw headerMismatch(`the header ${name} is missing or not readable`);
  if (header !== expected) throw headerMismatch(`the header ${name} says ${header}, the body ${expected}`);
}

function refuse(code: number, message: string, data?: string): HttpError {
  return new HttpError(400, new RpcError(code, message, data));
}
