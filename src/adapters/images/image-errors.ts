import { EnvironmentError } from '../../errors.ts';

/** An image that has not the form that the specification asks for. */
export function damaged(message: string, cause?: unknown): EnvironmentError {
  const suggestions = ['build, save or push the image again', 'check that it is a container image'];
  return new EnvironmentError('image.damaged', message, { suggestions, cause });
}

/** An image that would exhaust its reader. */
export function tooLarge(message: string): EnvironmentError {
  return new EnvironmentError('image.too-large', message, {
    suggestions: ['no server needs so much: the image may be made to exhaust those who read it'],
  });
}

/** Bytes that are not those of their digest. @param what such as `the manifest sha256:...` */
export function wrongDigest(what: string): EnvironmentError {
  return new EnvironmentError('image.wrong-digest', `${what} is not what its digest says`, {
    suggestions: ['run the command again; if it stays so, the registry or what stands before it changes images'],
  });
}
