import { expect, it } from 'vitest';
import { didYouMean } from '../../src/core/did-you-mean.ts';

it.each([
  ['servrs', ['servers', 'name'], ['servers']],
  ['tiem', ['time', 'fetch'], ['time']],
  ['post', ['postgres', 'memory'], ['postgres']],
  ['zzz', ['time', 'fetch'], []],
])('%s', (word, candidates, near) => {
  expect(didYouMean(word, candidates)).toEqual(near);
});
