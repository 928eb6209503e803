/** Lists in pages. A cursor says after which name to go on, so it stays good when the list changes in between. */
import { ErrorCode, RpcError } from './jsonrpc.ts';

export interface Page {
  /** Raw JSON. */
  items: string[];
  nextCursor: string | undefined;
}

interface Listed {
  name: string;
  raw: string;
}

/** Throws for a cursor that is none of ours. */
export function pageOf(listed: Listed[], cursor: unknown, size: number): Page {
  const start = cursor === undefined || cursor === null ? 0 : startAfter(listed, cursor);
  const page = listed.slice(start, start + size);
  const isLast = start + size >= listed.length;
  return {
    items: page.map(({ raw }) => raw),
    nextCursor: isLast ? undefined : encode(start + page.length, (page.at(-1) as Listed).name),
  };
}

/** The place is a hint for the case that the name has gone. */
function encode(place: number, name: string): string {
  return Buffer.from(JSON.stringify([place, name])).toString('base64url');
}

function startAfter(listed: Listed[], cursor: unknown): number {
  const [place, name] = decode(cursor);
  const found = listed.findIndex((item) => item.name === name);
  return found === -1 ? Math.max(place - 1, 0) : found + 1;
}

function decode(cursor: unknown): [number, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(String(cursor), 'base64url').toString());
    if (Array.isArray(value) && Number.isInteger(value[0]) && value[0] >= 0 && typeof value[1] === 'string') {
      return [value[0], value[1]];
    }
  } catch {
    // Said below.
  }
  throw new RpcError(ErrorCode.invalidParams, 'unknown cursor: begin again without one');
}
