import { posix } from 'node:path';

/** A file's name from the root of the repository, with forward slashes; an absolute one stays absolute. */
export function repositoryPath(file: string, folder: string): string {
  const path = slashes(file);
  return posix.normalize(isAbsolute(path) ? path : posix.join(slashes(folder), path));
}

/** The same as a URI reference (RFC 3986): relative, or `file:` for an absolute path. */
export function repositoryUri(file: string, folder: string): string {
  const path = repositoryPath(file, folder);
  const encoded = path
    .split('/')
    .map((segment, i) => (i === 0 && isAbsolute(path) ? segment : encode(segment)))
    .join('/');
  if (!isAbsolute(path)) return encoded;
  return `file://${encoded.startsWith('/') ? '' : '/'}${encoded}`;
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:\/)/.test(path);
}

function encode(segment: string): string {
  // encodeURIComponent throws at half a surrogate pair.
  return encodeURIComponent(segment.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}
