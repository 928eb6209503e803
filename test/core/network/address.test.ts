import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, parseAddress, parseBlock } from '../../../src/core/network/address.ts';

const block = (text: string) => {
  const parsed = parseBlock(text);
  if (!parsed) throw new Error(`no block: ${text}`);
  return parsed;
};

describe('addresses', () => {
  it.each([
    ['0.0.0.0', 0n],
    ['10.0.0.1', 0x0a000001n],
    ['255.255.255.255', 0xffffffffn],
    ['::', 0n],
    ['::1', 1n],
    ['1::', 1n << 112n],
    ['fd00:ec2::254', (0xfd00n << 112n) | (0xec2n << 96n) | 0x254n],
    ['::ffff:10.0.0.1', (0xffffn << 32n) | 0x0a000001n],
    ['1:2:3:4:5:6:7:8', 0x00010002000300040005000600070008n],
  ])('%s', (text, value) => {
    expect(parseAddress(text)?.value).toBe(value);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1.2',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    'g::',
    '::10.0.0.999',
    '1:2:3:4:5:6:7::8:9',
    'mcp.example.com',
  ])('none: %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it('takes what node:net takes, and nothing else', () => {
    const part = fc.constantFrom('0', '1', 'ff', 'fd00', ':', '::', '.', '10', '255', '256', '12345', 'g');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const family = isIP(text);
          expect(parseAddress(text)?.bits).toBe(family === 0 ? undefined : family === 4 ? 32 : 128);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('blocks', () => {
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '/8', '10.0.0.0/-1', '::/129', '10.0.0.0/8/8', 'x/8'])(
    'none: %j',
    (text) => {
      expect(parseBlock(text)).toBeUndefined();
    },
  );

  it('clears the bits beyond the prefix', () => {
    expect(parseBlock('10.1.2.3/8')).toEqual(parseBlock('10.0.0.0/8'));
  });

  it.each([
    ['10.0.0.0/8', '10.0.0.0', true],
    ['10.0.0.0/8', '10.255.255.255', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.0.0.0/8', '9.255.255.255', false],
    ['0.0.0.0/0', '203.0.113.1', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '10.0.0.1', false],
    ['10.0.0.1/32', '10.0.0.1', true],
    ['10.0.0.1/32', '10.0.0.2', false],
    ['fc00::/7', 'fdff::1', true],
    ['fc00::/7', 'fe00::', false],
  ])('%s holds address %s: %s', (outer, text, expected) => {
    const inner = parseAddress(text);
    expect(inner && holds(block(outer), inner)).toBe(expected);
  });

  it.each([
    ['10.0.0.0/8', '10.2.0.0/16', true],
    ['10.0.0.0/8', '10.0.0.0/8', true],
    ['10.2.0.0/16', '10.0.0.0/8', false],
    ['10.2.0.0/16', '10.3.0.0/16', false],
    ['::/0', '0.0.0.0/0', false],
  ])('%s holds block %s: %s', (outer, inner, expected) => {
    expect(holds(block(outer), block(inner))).toBe(expected);
  });
});
