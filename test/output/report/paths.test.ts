import { expect, it } from 'vitest';
import { repositoryPath, repositoryUri } from '../../../src/output/report/paths.ts';

it.each([
  ['k8s/web.yaml', '', 'k8s/web.yaml'],
  ['./k8s//web.yaml', '', 'k8s/web.yaml'],
  ['k8s\\web.yaml', '', 'k8s/web.yaml'],
  ['web.yaml', 'deploy', 'deploy/web.yaml'],
  ['web.yaml', 'deploy\\prod', 'deploy/prod/web.yaml'],
  ['../web.yaml', 'deploy', 'web.yaml'],
  ['/repo/web.yaml', 'deploy', '/repo/web.yaml'],
  ['C:\\repo\\web.yaml', 'deploy', 'C:/repo/web.yaml'],
])('%s in %s is %s', (file, folder, expected) => {
  expect(repositoryPath(file, folder)).toBe(expected);
});

it.each([
  ['a b/ü#1?.yaml', 'a%20b/%C3%BC%231%3F.yaml'],
  ['100%.yaml', '100%25.yaml'],
  ['a:b.yaml', 'a%3Ab.yaml'],
  ['half \ud800.yaml', 'half%20%EF%BF%BD.yaml'],
  ['/repo/a b.yaml', 'file:///repo/a%20b.yaml'],
  ['C:\\repo\\a b.yaml', 'file:///C:/repo/a%20b.yaml'],
])('%s is the URI %s', (file, expected) => {
  expect(repositoryUri(file, '')).toBe(expected);
});
