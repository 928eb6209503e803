/**
 * File names are bytes, not text. Here they are strings of which each character is one byte, so that they compare as
 * the kernel compares them and nothing is lost that is no valid UTF-8.
 */
export type ByteString = string;

/** What a user wrote, as the bytes that the kernel sees. */
export function toBytes(text: string): ByteString {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Bytes for people; what is no UTF-8 becomes a replacement character. */
export function toText(bytes: ByteString): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
