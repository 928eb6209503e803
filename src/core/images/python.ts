import { type ByteString, toText } from './bytes.ts';
import { unreadable, whatever } from './open-file.ts';
import type { Obstacle, Process, Started } from './start.ts';

/** What Python needs before it runs the first line: its own library, the packages beside it, and what it is to run. */
export function checkPython(process: Process, started: Started): Obstacle | undefined {
  const { prefix, base } = prefixesOf(process, started);
  const library = libraryOf(process, base);
  const words = started.argv.slice(1);
  const at = words.findIndex((word) => !/^-[bBdEiIOPqsSuvx]+$/.test(word));
  const [first, second] = at < 0 ? [] : words.slice(at);
  return (
    (library === undefined
      ? undefined
      : unreadable(
          process,
          library,
          "Fatal Python error: init_fs_encoding: ModuleNotFoundError: No module named 'encodings'",
        )) ??
    packages(process, prefix, first === '-m' ? second : undefined) ??
    (first !== undefined && !first.startsWith('-')
      ? unreadable(process, first, `python: can't open file '${toText(first)}': [Errno 13] Permission denied`)
      : undefined)
  );
}

/** A virtual environment has a pyvenv.cfg beside or above its bin folder (PEP 405). */
function prefixesOf(process: Process, started: Started): { prefix: ByteString; base: ByteString } {
  const above = (path: ByteString) => path.split('/').slice(0, -2).join('/');
  const base = above(started.program.path);
  const beside = above(started.path);
  return { prefix: whatever(process, `${beside}/pyvenv.cfg`) ? beside : base, base };
}

function libraryOf(process: Process, base: ByteString): ByteString | undefined {
  const folder = whatever(process, `${base}/lib`);
  const name = folder && process.world.files.namesIn(folder).find((one) => /^python3\.\d+$/.test(one));
  return name === undefined ? undefined : `${base}/lib/${name}`;
}

/** Folders of packages that this one looks into; one that it may not enter counts as empty to it. */
function packages(process: Process, prefix: ByteString, module: ByteString | undefined): Obstacle | undefined {
  const library = libraryOf(process, prefix);
  if (library === undefined) return undefined;
  const name = module?.split('.')[0];
  const missing = `ModuleNotFoundError: No module named '${name === undefined ? '...' : toText(name)}'`;
  for (const folder of ['site-packages', 'dist-packages'].map((one) => `${library}/${one}`)) {
    const blocked = unreadable(process, folder, missing);
    if (blocked) return blocked;
    if (name === undefined) continue;
    for (const path of [`${folder}/${name}`, `${folder}/${name}/__init__.py`, `${folder}/${name}.py`]) {
      const denied = unreadable(process, path, `PermissionError: [Errno 13] Permission denied: '${toText(path)}'`);
      if (denied) return denied;
    }
  }
  return undefined;
}
