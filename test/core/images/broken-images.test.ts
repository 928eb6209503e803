import { describe, expect, it } from 'vitest';
import { type Image, judge, nodeFor } from '../../../src/core/images/judge.ts';
import { parseImageConfig } from '../../../src/core/images/manifest.ts';
import { mend } from '../../../src/core/images/mend.ts';
import { BROKEN_IMAGES, type BrokenImage, settingsOf } from '../../helpers/broken-images.ts';
import { treeOf } from '../../helpers/layer.ts';

function imageOf({ layers, config }: BrokenImage): Image {
  const parsed = parseImageConfig({ os: 'linux', architecture: 'amd64', config });
  if (!parsed) throw new Error('no configuration');
  return { files: treeOf(...layers), config: parsed };
}

describe('images that were seen to fail', () => {
  it.each(BROKEN_IMAGES)('$pattern', (broken) => {
    const found = judge(imageOf(broken), settingsOf(broken), nodeFor('amd64'));
    const { verdict, errno, path, says } = broken.expected;
    expect(found.verdict, found.summary).toBe(verdict);
    expect(found.errno).toBe(errno);
    if (path) expect(found.path).toBe(path);
    if (says) expect([found.summary, ...found.warnings].join('\n')).toMatch(says);
    // What fails is shown: the last line of the chain is where it ends.
    if (errno && found.chain.length > 0 && errno !== 'EPERM' && errno !== 'ENOEXEC')
      expect(found.chain.at(-1)?.steps.some((step) => step.errno)).toBe(true);
  });
});

describe('the smallest change', () => {
  const mended = (pattern: string) => {
    const broken = BROKEN_IMAGES.find((one) => one.pattern === pattern) as BrokenImage;
    return mend(imageOf(broken), settingsOf(broken), nodeFor('amd64'));
  };

  it.each([
    ['interpreter below /root', ['/root o+x']],
    ['home of another user', ['/home/app o+x']],
    ['mode kept from the builder', ['/app/server o+x']],
    ['program without x', ['/app/azmcp o+x']],
    ['script that may be executed and not read', ['/app/run o+r']],
    ['owner without rights', ['/app/server u+x']],
    ['file capabilities', ['/app/server dropped']],
  ])('%s: %j', (pattern, changes) => {
    const found = mended(pattern);
    expect(
      found?.changes.map(({ path, chmod, dropCapabilities }) => `${path} ${chmod ?? (dropCapabilities && 'dropped')}`),
    ).toEqual(changes);
    expect(found?.after.verdict).toBe('ok');
  });

  it.each(['another CPU', 'program not in PATH', 'links in a circle', 'user by name', 'gosu'])(
    'none helps: %s',
    (pattern) => {
      expect(mended(pattern)).toBeUndefined();
    },
  );
});
