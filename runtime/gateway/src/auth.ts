/** Who may call: a bearer token from a file, and browsers only from known origins. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { log } from './log.ts';

const LOOK_AGAIN_MS = 1000;

/**
 * The token of a file that may change: a Kubernetes Secret volume swaps a symlink, so the path is looked up again,
 * at most once a second and only when somebody calls.
 */
export class BearerToken {
  readonly #path: string;
  #digest: Buffer;
  #stamp: string;
  #lookedAt: number;

  /** Throws when the file is missing or empty: an empty token must never become one that opens. */
  constructor(path: string) {
    this.#path = path;
    this.#stamp = this.#currentStamp();
    this.#digest = this.#read();
    this.#lookedAt = Date.now();
  }

  accepts(authorization: string | undefined): boolean {
    this.#refresh();
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    // Digests have one length, so the comparison tells nothing about the token's.
    return token !== undefined && timingSafeEqual(sha256(token), this.#digest);
  }

  #refresh(): void {
    const now = Date.now();
    if (now - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = now;
    try {
      const stamp = this.#currentStamp();
      if (stamp === this.#stamp) return;
      this.#digest = this.#read();
      this.#stamp = stamp;
      log('- Bearer token read again: its file has changed');
    } catch (error) {
      log(`- Bearer token kept: ${(error as Error).message}`);
    }
  }

  #currentStamp(): string {
    const { ino, mtimeMs, ctimeMs, size } = statSync(this.#path);
    return [ino, mtimeMs, ctimeMs, size].join(' ');
  }

  #read(): Buffer {
    const token = readFileSync(this.#path, 'utf8').trim();
    if (token === '') throw new Error(`the token file ${this.#path} is empty`);
    return sha256(token);
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const LOCAL_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Programs send no Origin; a web page that reached this port by DNS rebinding does. */
export function isAllowedOrigin(origin: string | undefined, allowed: string[]): boolean {
  return origin === undefined || LOCAL_ORIGIN.test(origin) || allowed.includes(origin);
}

/** `allowed` names hosts without a port. */
export function isAllowedHost(host: string | undefined, allowed: string[]): boolean {
  return host === undefined || LOCAL_HOST.test(host) || allowed.includes(host.replace(/:\d+$/, ''));
}

/** True for an address that only this machine reaches: a browser comes to it by a name that it was lied to about. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(127\.|::1$|::ffff:127\.)/.test(address);
}
