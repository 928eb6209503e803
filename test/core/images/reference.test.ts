import { describe, expect, it } from 'vitest';
import { choosePlatform, parsePlatform, platformsOf } from '../../../src/core/images/manifest.ts';
import { parseSource } from '../../../src/core/images/reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const hub = 'registry-1.docker.io';

describe('names of images', () => {
  it.each([
    ['busybox', { host: hub, repository: 'library/busybox', tag: 'latest', name: 'docker.io/library/busybox:latest' }],
    ['mcp/fetch', { host: hub, repository: 'mcp/fetch', tag: 'latest' }],
    ['docker.io/mcp/fetch:1', { host: hub, repository: 'mcp/fetch', tag: '1' }],
    ['localhost/x', { host: 'localhost', repository: 'x', tag: 'latest' }],
    ['127.0.0.1:5000/a/b:c', { host: '127.0.0.1:5000', repository: 'a/b', tag: 'c' }],
    [`ghcr.io/o/r_x--y:v1@${digest}`, { host: 'ghcr.io', repository: 'o/r_x--y', tag: 'v1', digest }],
    [`quay.io/o/r@${digest}`, { host: 'quay.io', repository: 'o/r', digest, name: `quay.io/o/r@${digest}` }],
    ['docker://mcp/fetch', { host: hub, repository: 'mcp/fetch' }],
  ])('%s', (text, reference) => {
    expect(parseSource(text)).toMatchObject({ ok: true, source: { transport: 'registry', reference } });
  });

  it.each([
    ['oci:dir', { transport: 'oci', path: 'dir' }],
    ['oci:/a/b:tag', { transport: 'oci', path: '/a/b', tag: 'tag' }],
    ['oci:dir:host/x:1', { transport: 'oci', path: 'dir', tag: 'host/x:1' }],
    ['oci-archive:f.tar', { transport: 'oci-archive', path: 'f.tar' }],
    ['docker-archive:/x@1.tar', { transport: 'docker-archive', path: '/x@1.tar' }],
    ['docker-daemon:mcp/fetch:1', { transport: 'docker-daemon', reference: 'mcp/fetch:1' }],
  ])('%s', (text, source) => {
    expect(parseSource(text)).toEqual({ ok: true, source });
  });

  it.each([
    ['', /not spelt right/],
    ['MCP/fetch', /lower case/],
    ['mcp//fetch', /not spelt right/],
    ['mcp/fetch:', /not spelt right|no tag/],
    ['mcp/fetch:a b', /no tag/],
    ['mcp/fetch@sha256:12', /64 hexadecimal/],
    ['oci:', /names nothing/],
    ['../x', /no registry/],
  ])('refused: %j', (text, message) => {
    const parsed = parseSource(text);
    expect(parsed.ok ? 'taken' : parsed.message).toMatch(message);
  });
});

describe('platforms', () => {
  const entry = (os: string, architecture: string, variant?: string) => ({
    mediaType: '',
    digest: `${os}-${architecture}-${variant}`,
    size: 1,
    platform: { os, architecture, ...(variant && { variant }) },
  });
  const index = {
    manifests: [
      entry('unknown', 'unknown'),
      entry('linux', 'arm', 'v6'),
      entry('linux', 'arm', 'v7'),
      entry('linux', 'arm64'),
      entry('linux', 'amd64'),
    ],
  };

  it.each([
    ['linux/amd64', 'linux-amd64-undefined'],
    ['linux/arm/v7', 'linux-arm-v7'],
    ['linux/arm64/v8', 'linux-arm64-undefined'],
    ['linux/arm64', 'linux-arm64-undefined'],
    ['linux/arm/v5', undefined],
    ['windows/amd64', undefined],
  ])('%s', (text, expected) => {
    const platform = parsePlatform(text);
    expect(platform && choosePlatform(index, platform)?.digest).toBe(expected);
  });

  it('attestations are none', () => {
    expect(platformsOf(index)).toEqual(['linux/arm/v6', 'linux/arm/v7', 'linux/arm64', 'linux/amd64']);
  });
});
