/** An IP address as a number, and how many bits its family has. */
export interface Address {
  value: bigint;
  bits: 32 | 128;
}

/** A range in CIDR notation. Bits beyond the prefix are cleared, as Go's ParseCIDR does. */
export interface Block extends Address {
  prefix: number;
}

/** Reads an IPv4 or IPv6 address; undefined where it is none. */
export function parseAddress(text: string): Address | undefined {
  const v4 = parseV4(text);
  if (v4 !== undefined) return { value: v4, bits: 32 };
  const v6 = parseV6(text);
  return v6 === undefined ? undefined : { value: v6, bits: 128 };
}

/** Reads a range such as `10.0.5.0/24`; undefined where it is none. */
export function parseBlock(text: string): Block | undefined {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = parseAddress(base);
  const prefix = Number(length);
  if (!address || length === '' || prefix > address.bits) return undefined;
  const host = BigInt(address.bits - prefix);
  return { value: (address.value >> host) << host, bits: address.bits, prefix };
}

/** Whether all of `inner`, an address or a range, lies in `outer`; a range lies in itself. */
export function holds(outer: Block, inner: Address | Block): boolean {
  if (outer.bits !== inner.bits || prefixOf(inner) < outer.prefix) return false;
  const host = BigInt(outer.bits - outer.prefix);
  return inner.value >> host === outer.value >> host;
}

function prefixOf(address: Address | Block): number {
  return 'prefix' in address ? address.prefix : address.bits;
}

function parseV4(text: string): bigint | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | undefined {
  // The last 32 bits may be written as an IPv4 address (RFC 4291, 2.2).
  const tail = /^(.*:)([^:]*\.[^:]*)$/.exec(text);
  const v4 = tail && parseV4(tail[2] ?? '');
  if (tail && v4 === undefined) return undefined;
  const plain = tail ? `${tail[1]}${((v4 ?? 0n) >> 16n).toString(16)}:${((v4 ?? 0n) & 0xffffn).toString(16)}` : text;
  const halves = plain.split('::');
  if (halves.length > 2) return undefined;
  const [left = [], right = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - left.length - right.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...left, ...Array<string>(missing).fill('0'), ...right];
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
