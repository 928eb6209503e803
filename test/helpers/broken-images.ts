import type { ContainerSettings } from '../../src/core/images/settings.ts';
import { elf } from './elf.ts';
import type { Member } from './tar.ts';

/** An image that fails, or may, in a way that was seen in the wild; and what is said of it. */
export interface BrokenImage {
  /** What it is called in reports. */
  pattern: string;
  layers: Member[][];
  config: {
    User?: string;
    Env?: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    WorkingDir?: string;
    Volumes?: Record<string, object>;
  };
  /** The pod, where it is not the usual one: uid 1000, gid 1000, read-only, /tmp writable. */
  pod?: { runAsUser?: number | null; runAsGroup?: number | null; tmp?: false; mounts?: string[] };
  expected: { verdict: 'ok' | 'fails' | 'risky' | 'unchecked'; errno?: string; path?: string; says?: RegExp };
  /** What the pod does: `starts`, or an error of these words. Absent where only a real server would show it. */
  observed?: 'starts' | RegExp;
}

const dir = (path: string, mode = 0o755, uid = 0, gid = 0): Member => ({ path, type: 'directory', mode, uid, gid });
const program = (
  path: string,
  mode = 0o755,
  options: Parameters<typeof elf>[0] = {},
  more: Partial<Member> = {},
): Member => ({
  path,
  mode,
  content: elf({ type: 3, ...options }),
  ...more,
});
const script = (path: string, content: string, mode = 0o755): Member => ({ path, content, mode });
const link = (path: string, target: string): Member => ({ path, type: 'symlink', target });

/** A system as small as it can be: its shell, env and interpreters open the file that they are given, and end. */
const base: Member[] = [
  dir('./'),
  ...['etc', 'bin', 'usr', 'usr/bin', 'app', 'tmp'].map((path) => dir(path)),
  dir('root', 0o700),
  { path: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\napp:x:1001:1001::/home/app:/bin/sh\n' },
  { path: 'etc/group', content: 'root:x:0:\napp:x:1001:\n' },
  program('bin/sh'),
  program('usr/bin/interp'),
];
const denied = /permission denied/i;

const uvLayout: Member[] = [
  dir('root/.local'),
  dir('root/.local/bin'),
  program('root/.local/bin/interp'),
  dir('app/.venv'),
  dir('app/.venv/bin'),
  link('app/.venv/bin/interp', '/root/.local/bin/interp'),
  script('app/.venv/bin/mcp-server-fetch', '#!/app/.venv/bin/interp\n'),
];
const fetchConfig = {
  Env: ['PATH=/app/.venv/bin:/usr/bin:/bin'],
  Entrypoint: ['mcp-server-fetch'],
  WorkingDir: '/app',
};
const bindService = Buffer.from('0100000200040000000000000000000000000000', 'hex');

export const BROKEN_IMAGES: BrokenImage[] = [
  {
    pattern: 'interpreter below /root',
    layers: [base, uvLayout],
    config: fetchConfig,
    expected: { verdict: 'fails', errno: 'EACCES', path: '/root', says: /\/root .*0700/ },
    observed: denied,
  },
  {
    pattern: 'interpreter below /root, as root',
    layers: [base, uvLayout],
    config: fetchConfig,
    pod: { runAsUser: 0, runAsGroup: 0 },
    expected: { verdict: 'ok' },
    observed: 'starts',
  },
  {
    pattern: 'interpreter below /root, mended by a layer',
    layers: [base, uvLayout, [dir('root', 0o711)]],
    config: fetchConfig,
    expected: { verdict: 'ok' },
    observed: 'starts',
  },
  {
    pattern: 'program below /root',
    layers: [base, [dir('root/app'), program('root/app/server')]],
    config: { Entrypoint: ['/root/app/server'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/root' },
    observed: denied,
  },
  {
    pattern: 'working folder below /root',
    layers: [base, [dir('root/app'), program('root/app/server')]],
    config: { Entrypoint: ['./server'], WorkingDir: '/root/app' },
    expected: { verdict: 'risky', says: /working folder/ },
  },
  {
    pattern: 'home of another user',
    layers: [
      base,
      [
        dir('home'),
        dir('home/app', 0o700, 1001, 1001),
        program('home/app/server', 0o755, {}, { uid: 1001, gid: 1001 }),
      ],
    ],
    config: { Entrypoint: ['/home/app/server'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/home/app' },
    observed: denied,
  },
  {
    pattern: 'user by name',
    layers: [base, [program('app/server')]],
    config: { User: 'app', Entrypoint: ['/app/server'] },
    pod: { runAsUser: null, runAsGroup: null },
    expected: { verdict: 'fails', says: /non-numeric user \(app\)/ },
    observed: /non-numeric user \(app\)/,
  },
  {
    pattern: 'no user at all',
    layers: [base, [program('app/server')]],
    config: { Entrypoint: ['/app/server'] },
    pod: { runAsUser: null, runAsGroup: null },
    expected: { verdict: 'fails', says: /will run as root/ },
    observed: /will run as root/,
  },
  {
    pattern: 'npx at start',
    layers: [base, [script('usr/bin/npx', '#!/usr/bin/interp\n')]],
    config: { Entrypoint: ['npx', '-y', 'x'] },
    expected: { verdict: 'risky', says: /NPM_CONFIG_CACHE/ },
  },
  {
    pattern: 'uv run at start',
    layers: [base, [program('usr/bin/uv')]],
    config: { Entrypoint: ['uv', 'run', 'server'] },
    expected: { verdict: 'risky', says: /--no-sync/ },
  },
  {
    pattern: 'nothing writable',
    layers: [base, [program('app/server')]],
    config: { Entrypoint: ['/app/server'] },
    pod: { tmp: false },
    expected: { verdict: 'risky', says: /\/tmp .*read-only/ },
  },
  {
    pattern: 'data beside the code',
    layers: [base, [program('app/server'), dir('app/data')]],
    config: { Entrypoint: ['/app/server'], Volumes: { '/app/data': {} } },
    expected: { verdict: 'risky', says: /\/app\/data \(a VOLUME of the image\)/ },
  },
  {
    pattern: 'mode kept from the builder',
    layers: [base, [program('app/server', 0o700)]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/app/server' },
    observed: denied,
  },
  {
    pattern: 'folder kept from the builder',
    layers: [base, [dir('opt', 0o750), program('opt/server')]],
    config: { Entrypoint: ['/opt/server'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/opt' },
    observed: denied,
  },
  {
    pattern: 'folder kept from the builder, group 0',
    layers: [base, [dir('opt', 0o750), program('opt/server')]],
    config: { Entrypoint: ['/opt/server'] },
    pod: { runAsGroup: null },
    expected: { verdict: 'ok' },
    observed: 'starts',
  },
  {
    pattern: 'file capabilities',
    layers: [base, [program('app/server', 0o755, {}, { xattrs: { 'security.capability': bindService } })]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'EPERM', path: '/app/server', says: /NET_BIND_SERVICE/ },
    observed: /operation not permitted/i,
  },
  {
    pattern: 'gosu',
    layers: [base, [program('usr/bin/gosu'), program('app/server')]],
    config: { Entrypoint: ['gosu', 'app', '/app/server'] },
    expected: { verdict: 'fails', errno: 'EPERM', says: /SETUID/ },
  },
  {
    pattern: 's6-overlay',
    layers: [base, [script('init', '#!/bin/sh\nexec /package/admin/s6-overlay/libexec/preinit\n')]],
    config: { Entrypoint: ['/init'] },
    expected: { verdict: 'risky', says: /s6-overlay/ },
  },
  {
    pattern: 'browsers of root',
    layers: [base, [program('app/server'), dir('root/.cache'), dir('root/.cache/ms-playwright')]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'risky', says: /PLAYWRIGHT_BROWSERS_PATH/ },
    observed: 'starts',
  },
  {
    pattern: 'volume below /root',
    layers: [base, [program('app/server')]],
    config: { Entrypoint: ['/app/server'] },
    pod: { mounts: ['/root/.kube'] },
    expected: { verdict: 'risky', says: /\/root\/\.kube cannot be reached/ },
    observed: 'starts',
  },
  {
    pattern: 'repository of another user',
    layers: [base, [program('app/server'), dir('app/.git')]],
    config: { Entrypoint: ['/app/server'], WorkingDir: '/app' },
    expected: { verdict: 'risky', says: /safe\.directory/ },
    observed: 'starts',
  },
  {
    pattern: 'program without x',
    layers: [base, [program('app/azmcp', 0o644)]],
    config: { Entrypoint: ['./azmcp'], WorkingDir: '/app' },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/app/azmcp' },
    observed: denied,
  },
  {
    pattern: 'loader of another libc',
    layers: [base, [program('app/server', 0o755, { interpreter: '/lib64/ld-linux-x86-64.so.2' })]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'ENOENT', says: /ld-linux-x86-64\.so\.2/ },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'another CPU',
    layers: [base, [program('app/server', 0o755, { machine: 183 })]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'ENOEXEC', says: /another CPU/ },
    observed: /exec format error/i,
  },
  {
    pattern: 'script without #!',
    layers: [base, [script('app/run', 'exec /app/server\n')]],
    config: { Entrypoint: ['/app/run'] },
    expected: { verdict: 'fails', errno: 'ENOEXEC' },
    observed: /exec format error/i,
  },
  {
    pattern: 'line ends of Windows',
    layers: [base, [script('app/run', '#!/usr/bin/interp\r\n')]],
    config: { Entrypoint: ['/app/run'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'script that may be executed and not read',
    layers: [base, [script('app/run', '#!/usr/bin/interp\n', 0o711)]],
    config: { Entrypoint: ['/app/run'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/app/run', says: /read/ },
  },
  {
    pattern: 'program not in PATH',
    layers: [base],
    config: { Entrypoint: ['mcp-server'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /executable file not found in \$PATH/,
  },
  {
    pattern: 'folder of PATH that may not be entered',
    layers: [base, [dir('opt', 0o700), program('opt/server')]],
    config: { Env: ['PATH=/opt:/bin'], Entrypoint: ['server'] },
    expected: { verdict: 'fails', errno: 'ENOENT', path: '/opt' },
    observed: /executable file not found in \$PATH/,
  },
  {
    pattern: 'link that leads nowhere',
    layers: [base, [link('app/server', '/opt/server')]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'links in a circle',
    layers: [base, [link('app/server', 'other'), link('app/other', 'server')]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'ELOOP' },
    observed: /too many levels of symbolic links/i,
  },
  {
    pattern: 'a folder as program',
    layers: [base, [dir('app/server')]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'EACCES' },
    observed: /permission denied|is a directory/i,
  },
  {
    pattern: 'owner without rights',
    layers: [base, [program('app/server', 0o077, {}, { uid: 1000, gid: 1000 })]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'EACCES', path: '/app/server', says: /owner/ },
    observed: denied,
  },
  {
    pattern: 'program removed by a layer',
    layers: [base, [program('app/server')], [{ path: 'app/.wh.server' }]],
    config: { Entrypoint: ['/app/server'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'folder emptied by a layer',
    layers: [base, [dir('opt'), program('opt/server')], [dir('opt'), { path: 'opt/.wh..wh..opq' }]],
    config: { Entrypoint: ['/opt/server'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'folder implied over a link of a lower layer',
    layers: [
      base,
      [dir('usr/lib'), program('usr/lib/server'), link('lib', 'usr/lib')],
      [{ path: 'lib/other', content: 'x' }],
    ],
    config: { Entrypoint: ['/lib/server'] },
    expected: { verdict: 'fails', errno: 'ENOENT' },
    observed: /no such file or directory/i,
  },
  {
    pattern: 'chain of scripts',
    layers: [base, [script('app/run', '#!/app/second one\n'), script('app/second', '#! /usr/bin/interp \n')]],
    config: { Entrypoint: ['/app/run'] },
    expected: { verdict: 'ok' },
    observed: 'starts',
  },
  {
    pattern: 'hard link to a program',
    layers: [base, [program('app/server'), { path: 'app/alias', type: 'hardlink', target: 'app/server', mode: 0o755 }]],
    config: { Entrypoint: ['/app/alias'] },
    expected: { verdict: 'ok' },
    observed: 'starts',
  },
];

/** The container that the image is judged in. */
export function settingsOf({ pod = {} }: BrokenImage): ContainerSettings {
  return {
    runAsUser: pod.runAsUser === null ? undefined : (pod.runAsUser ?? 1000),
    runAsGroup: pod.runAsGroup === null ? undefined : (pod.runAsGroup ?? 1000),
    runAsNonRoot: pod.runAsUser !== 0,
    capabilities: [],
    readOnlyRootFilesystem: true,
    mounts: [
      ...(pod.tmp === false ? [] : [{ path: '/tmp', kind: 'emptyDir' as const }]),
      ...(pod.mounts ?? []).map((path) => ({ path, kind: 'emptyDir' as const })),
    ],
    env: { HOME: '/tmp' },
  };
}
