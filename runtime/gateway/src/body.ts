/** Reading a request's body, of bounded size. */
import type { IncomingMessage } from 'node:http';
import { HttpError } from './http-error.ts';
import { accepts } from './reply.ts';

/** So much over the limit is read and dropped: a client that is still sending cannot read the refusal. */
const DROPPED = 16;

/** The text of a POST. Throws an HttpError for a body that is too long, of another type, or has no use for JSON. */
export async function readPost(request: IncomingMessage, limit: number): Promise<string> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpError(415, 'Content-Type must be application/json');
  }
  if (!accepts(request, 'application/json') && !accepts(request, 'text/event-stream')) {
    throw new HttpError(406, 'Accept must list application/json and text/event-stream');
  }
  return (await readBody(request, limit)).trim();
}

/** Rejects when the client goes away in the middle. */
async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit * DROPPED) request.destroy();
    if (size > limit) chunks = [];
    else chunks.push(chunk);
  }
  if (size > limit) throw new HttpError(413, `the body is over ${limit} bytes`);
  return Buffer.concat(chunks).toString('utf8');
}
