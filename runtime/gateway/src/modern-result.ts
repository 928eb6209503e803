/** Results as the revision 2026-07-28 wants them. */
import { RESULT_META } from './envelope.ts';
import { setMember } from './json-text.ts';
import type { Target } from './relay.ts';

/** How long clients may keep what a list said, in ms. Those who listen are told of changes earlier. */
const TTL_MS = 10_000;

/** A result of the gateway's own; `fields` are raw members. */
export function own(fields: string): string {
  return `{${fields},"resultType":"complete","ttlMs":${TTL_MS},"cacheScope":"private","_meta":${RESULT_META}}`;
}

/** A result of an older server with what the revision adds. It says nothing of caching, so nothing may be kept. */
export function complete({ fix, method }: Target, result: string): string {
  const fixed = setMember(fix(result), 'resultType', '"complete"');
  if (method !== 'resources/read') return fixed;
  return setMember(setMember(fixed, 'ttlMs', '0'), 'cacheScope', '"private"');
}
