/** Reading a request's body, of bounded size. */
import type { IncomingMessage } from 'node:http';

export const MAX_BODY = 4 * 1024 * 1024;
/** Up to here a body is read to its end and dropped: a client that is still sending cannot read the refusal. */
const MAX_DROPPED = 16 * MAX_BODY;

/** Undefined if the body is over the limit. Rejects when the client goes away in the middle. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_DROPPED) request.destroy();
    if (size > MAX_BODY) chunks = [];
    else chunks.push(chunk);
  }
  return size > MAX_BODY ? undefined : Buffer.concat(chunks).toString('utf8');
}
