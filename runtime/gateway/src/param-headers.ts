/**
 * Arguments that a tool's schema wants repeated in headers, for those on the way who read headers only.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
 */
import type { IncomingHttpHeaders } from 'node:http';
import { decodeHeader, headerMismatch } from './header-values.ts';
import { isObject } from './jsonrpc.ts';

const KEYWORD = 'x-mcp-header';

/**
 * Throws a header mismatch where a header does not say what the argument says.
 * `tool` is the raw JSON of the tool as its server lists it.
 */
export function checkParamHeaders(headers: IncomingHttpHeaders, tool: string, values: unknown): void {
  if (!tool.includes(KEYWORD)) return;
  const { inputSchema } = JSON.parse(tool) as { inputSchema?: unknown };
  checkProperties(headers, inputSchema, values);
}

function checkProperties(headers: IncomingHttpHeaders, schema: unknown, values: unknown): void {
  if (!isObject(schema) || !isObject(schema.properties) || !isObject(values)) return;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (!isObject(property)) continue;
    if (typeof property[KEYWORD] === 'string') checkValue(headers, `Mcp-Param-${property[KEYWORD]}`, values[key]);
    checkProperties(headers, property, values[key]);
  }
}

function checkValue(headers: IncomingHttpHeaders, name: string, value: unknown): void {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return;
  const said = decodeHeader(headers[name.toLowerCase()]);
  if (said === undefined) throw headerMismatch(`the header ${name} is missing or not readable`);
  const isSame = typeof value === 'number' ? Number(said) === value : said === String(value);
  if (!isSame) throw headerMismatch(`the header ${name} says ${said}, the body ${value}`);
}
