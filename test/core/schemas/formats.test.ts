import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../src/core/schemas/formats.ts';
import { isQuantity } from '../../../src/core/schemas/quantity.ts';

/** What ParseQuantity of apimachinery takes and refuses; a real API server is asked in test/integration/schemas.test.ts. */
describe('a quantity', () => {
  it.each([
    ...['0', '1', '-1', '+1', '007', '1.5', '1.', '.5', '.', '+', '0.000000001'],
    ...['1n', '1u', '100m', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1.5Gi', '1Ti', '1Pi', '1Ei', 'Gi'],
    ...['1e3', '1E3', '1e-3', '1.5E+3', ' 1Gi ', '123456789012345678901234567890'],
    ...[0, 0.5, 1e21, -3],
  ])('%s', (value) => {
    expect(isQuantity(value)).toBe(true);
  });

  it.each([
    ...[
      '',
      ' ',
      '1K',
      '1KB',
      '1GB',
      '1Gib',
      '1gi',
      '1 Gi',
      '1e',
      '1e+',
      '1Ee3',
      '1.5.5',
      '0x10',
      '1,5',
      '--1',
      '1Mi1',
      '50%',
    ],
    ...[true, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, [], {}],
  ])('not %s', (value) => {
    expect(isQuantity(value)).toBe(false);
  });
});

describe('a format of text', () => {
  const long = 'a'.repeat(63);
  const longest = Array.from({ length: 4 }, () => long)
    .join('.')
    .slice(0, 253);
  const CASES: [format: string, good: string[], bad: string[]][] = [
    ['nonEmpty', [' ', 'a'], ['']],
    ['bytes', ['', 'YQ==', 'YWI=', 'YWJj', 'YWJj\nYWJj\r\n', '+/+/'], ['YQ', 'YQ=', 'Y', 'YQ== ', 'a-b_', '=']],
    [
      'time',
      ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.5Z', '2024-02-29T1:00:00+14:00', '2026-01-31T12:00:00,5-00:30'],
      [
        '2026-01-31',
        '2026-01-31 12:00:00Z',
        '2026-02-29T12:00:00Z',
        '2026-13-01T12:00:00Z',
        '2026-01-31T24:00:00Z',
        '2026-01-31T12:60:00Z',
        '2026-01-31T12:00:00',
        '2026-01-31t12:00:00Z',
        '2026-01-31T12:00:00+25:00',
        '',
      ],
    ],
    [
      'microTime',
      ['2026-01-31T12:00:00.000000Z'],
      ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.0000000Z'],
    ],
    ['dnsLabel', ['a', '1', 'a-b', long], ['', 'A', 'a_b', '-a', 'a-', 'a.b', `${long}a`]],
    ['dnsLabel1035', ['a', 'a1', long], ['1a', 'a-', '', `${long}a`]],
    ['dnsSubdomain', ['a', 'a.b', '1.2', longest], ['', '.a', 'a.', 'a..b', 'A', 'a-.b', `${longest}a`]],
    ['pathSegment', ['a', 'Read:Pods', 'a b'], ['', '.', '..', 'a/b', 'a%b']],
    ['labelKey', ['a', 'A_b.c', 'example.com/a', long], ['', '/a', 'a/', 'a/b/c', 'Example.com/a', '-a', `${long}a`]],
    ['annotationKey', ['Example.com/A'], ['a b', '']],
    ['labelValue', ['', 'a', 'A_b.c', long], ['-a', 'a b', `${long}a`]],
    ['configKey', ['a', '.a', 'A-b_c.d', 'a'.repeat(253)], ['', '.', '..', '..a', 'a/b', 'a b', 'a'.repeat(254)]],
    ['envName', ['A', 'a.b', '1a', 'a b', '~!'], ['', 'a=b', 'a\n', 'ä']],
    ['portName', ['http', 'a', '1a', 'abcdefghijklmno'], ['', '80', 'Http', '-a', 'a-', 'a--b', 'abcdefghijklmnop']],
    ['headerName', ['X-A', 'a1'], ['', 'a_b', 'a b']],
    ['hostOrWildcard', ['a.b', '*.a.b', 'a'], ['', '*', '*a.b', 'a.*.b', '10.0.0.1', '*.*.a']],
    ['csiDriverName', ['csi.example.com', 'A.b'], ['', 'a_b', `${long}a`]],
    ['absolutePath', ['/', '/a'], ['', 'a/b']],
    [
      'resourceName',
      ['cpu', 'memory', 'ephemeral-storage', 'hugepages-2Mi', 'example.com/gpu'],
      ['cpus', 'storage', 'gpu', 'a b/c', ''],
    ],
    ['resourceField', ['limits.cpu', 'requests.hugepages-2Mi'], ['cpu', 'limits.', 'limits.pods']],
    ['limitType', ['Container', 'Pod', 'PersistentVolumeClaim', 'example.com/Thing'], ['container', '']],
    [
      'ip',
      ['10.0.0.1', '010.0.0.1', '::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.1'],
      [
        '',
        '10.0.0',
        '10.0.0.256',
        '10.0.0.1.1',
        '1:2:3:4:5:6:7',
        '1:2:3:4:5:6:7:8:9',
        '1::2::3',
        '1:2:3:4::5:6:7:8',
        ':::',
        '12345::',
        'g::',
        '::10.0.0.300',
      ],
    ],
    [
      'cidr',
      ['10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::/0', '::1/128'],
      ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '::/129', '/8', 'a/8'],
    ],
    ['promDuration', ['0', '30s', '1h30m', '1y2w3d', '5m500ms'], ['30', '1.5h', '5m1h', '30 s']],
    ['gatewayDuration', ['30s', '1h30m10s', '500ms'], ['', '0', '1d', '100000s', '1.5h']],
    ['duration', ['0', '30s', '1.5h', '2160h0m0s', '-1m', '1us'], ['', '30', '1d', 'h', '1h 30m']],
  ];

  it.each(
    CASES.flatMap(([name, good, bad]) => [
      ...good.map((text) => [name, text, true] as const),
      ...bad.map((text) => [name, text, false] as const),
    ]),
  )('%s: %j is %s', (name, text, fits) => {
    expect(FORMATS[name]?.matches(text)).toBe(fits);
  });

  it('is tried out above, whichever it is', () => {
    const tried = new Set(CASES.map(([name]) => name));
    expect(Object.keys(FORMATS).filter((name) => !tried.has(name))).toEqual(['secretText']);
  });
});
