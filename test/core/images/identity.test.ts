import { describe, expect, it } from 'vitest';
import { identityOf } from '../../../src/core/images/identity.ts';
import { argvOf } from '../../../src/core/images/settings.ts';

const passwd = 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\nodd:x:7:70::/:\nbroken\n';
const group = 'root:x:0:\nstaff:x:50:node,other\nodd:x:70:\n';
const base = { runAsNonRoot: false, imageUser: '', capabilities: [] };

// containerd, pkg/oci/spec_opts.go and the kubelet, security_context.go; each line was looked up there.
describe('who a container runs as', () => {
  it.each([
    ['nobody says: root', {}, { uid: 0, gid: 0, groups: [0] }],
    [
      'a uid of the image’s passwd brings its gid and groups',
      { runAsUser: 1000 },
      { uid: 1000, gid: 1000, groups: [50, 1000] },
    ],
    ['a uid that is not there gets gid 0', { runAsUser: 4242 }, { uid: 4242, gid: 0, groups: [0] }],
    [
      'runAsGroup replaces the gid, not the groups',
      { runAsUser: 1000, runAsGroup: 9 },
      { uid: 1000, gid: 9, groups: [9, 50] },
    ],
    [
      'fsGroup and supplementalGroups are added',
      { runAsUser: 4242, fsGroup: 5, supplementalGroups: [6] },
      { uid: 4242, gid: 0, groups: [0, 5, 6] },
    ],
    ['USER by name', { imageUser: 'node' }, { uid: 1000, gid: 1000, groups: [50, 1000] }],
    ['USER uid:gid', { imageUser: '7:8' }, { uid: 7, gid: 8, groups: [8] }],
    ['USER name:group by name', { imageUser: 'node:staff' }, { uid: 1000, gid: 50, groups: [50] }],
    ['runAsUser hides USER', { imageUser: 'node', runAsUser: 7 }, { uid: 7, gid: 70, groups: [70] }],
    ['non-root with a number', { runAsNonRoot: true, imageUser: '1000' }, { uid: 1000, gid: 1000, groups: [50, 1000] }],
  ])('%s', (_, settings, expected) => {
    const found = identityOf({ ...base, ...settings }, passwd, group);
    expect(found.ok && found.identity).toMatchObject(expected);
  });

  it.each([
    ['non-root with a name', { runAsNonRoot: true, imageUser: 'node' }, /non-numeric user \(node\)/],
    ['non-root and nobody', { runAsNonRoot: true }, /will run as root/],
    ['non-root and 0:5', { runAsNonRoot: true, imageUser: '0:5' }, /will run as root/],
    ['non-root and runAsUser 0', { runAsNonRoot: true, runAsUser: 0 }, /breaks non-root policy/],
    ['a name that is not there', { imageUser: 'ghost' }, /unable to find user ghost/],
    ['a group that is not there', { imageUser: 'node:ghosts' }, /unable to find group ghosts/],
    ['a number that is none', { runAsUser: 2 ** 31 }, /range/],
  ])('refused: %s', (_, settings, message) => {
    const found = identityOf({ ...base, ...settings }, passwd, group);
    expect(found.ok ? '' : found.message).toMatch(message);
  });
});

describe('what a container runs', () => {
  const settings = { runAsNonRoot: true, capabilities: [], readOnlyRootFilesystem: true, mounts: [], env: {} };
  const image = (entrypoint: string[], cmd: string[]) => ({
    user: '',
    env: [],
    entrypoint,
    cmd,
    workingDir: '',
    volumes: [],
    platform: { os: 'linux', architecture: 'amd64' },
  });

  it.each([
    ['ENTRYPOINT and CMD', image(['e'], ['c']), {}, ['e', 'c']],
    ['args replace CMD', image(['e'], ['c']), { args: ['a'] }, ['e', 'a']],
    ['a command replaces both', image(['e'], ['c']), { command: ['x'] }, ['x']],
    ['command and args', image(['e'], ['c']), { command: ['x'], args: ['a'] }, ['x', 'a']],
    ['an ENTRYPOINT that was taken back', image([''], ['c']), {}, ['c']],
    ['nothing', image([], []), {}, []],
  ])('%s', (_, config, more, expected) => {
    expect(argvOf(config, { ...settings, ...more })).toEqual(expected);
  });
});
