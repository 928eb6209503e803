// mcp-server-fetch in the layout of the published mcp/fetch image: a virtual
// environment whose interpreter was installed by uv below root's home, which
// nobody but root may enter. It works as root and as nobody else.
import { debian } from './bases.mjs';

const interpreter = '/root/.local/share/uv/python/cpython-3.11.2-linux-x86_64-gnu';

export const layers = [
  debian,
  {
    kind: 'pip',
    packages: ['mcp-server-fetch==2026.10.24'],
    into: '/app/.venv/lib/python3.11/site-packages',
    scripts: '/app/.venv/bin',
    interpreter: '/app/.venv/bin/python',
  },
  {
    kind: 'files',
    entries: [
      { path: '/root', mode: 0o700 },
      { path: `${interpreter}/bin/python3.11`, fromBase: '/usr/bin/python3.11', mode: 0o755 },
      { path: `${interpreter}/bin/python3`, link: 'python3.11' },
      // The interpreter is Debian's, so it looks for its library beside itself, and finds Debian's.
      { path: `${interpreter}/lib/python3.11`, link: '/usr/lib/python3.11' },
      { path: '/app/.venv/bin/python', link: `${interpreter}/bin/python3.11` },
      { path: '/app/.venv/bin/python3', link: 'python' },
      { path: '/app/.venv/bin/python3.11', link: 'python' },
      {
        path: '/app/.venv/pyvenv.cfg',
        text: `home = ${interpreter}/bin\nversion_info = 3.11.2\ninclude-system-site-packages = false\n`,
      },
    ],
  },
];

export const config = {
  Env: ['PATH=/app/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
  Entrypoint: ['mcp-server-fetch'],
  WorkingDir: '/app',
};
