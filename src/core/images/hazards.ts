import { toBytes } from './bytes.ts';
import { unreadable, whatever } from './open-file.ts';
import type { Mount } from './settings.ts';
import type { Process } from './start.ts';
import { walk } from './walk.ts';

/** What does not keep a program from starting, and is known to stop servers later. */
export function hazards(
  process: Process,
  { mounts, workingDir }: { mounts: readonly Mount[]; workingDir: string },
): string[] {
  return [...unreachableMounts(process, mounts), ...foreignRepository(process, workingDir), ...lostBrowsers(process)];
}

/** A volume below a folder that the user may not enter, such as /root/.kube. */
function unreachableMounts(process: Process, mounts: readonly Mount[]): string[] {
  return mounts.flatMap(({ path }) => {
    const found = walk(process.world, process.identity, toBytes(path), process.cwd);
    return found.errno === 'EACCES'
      ? [`the volume at ${path} cannot be reached: uid ${process.identity.uid} may not enter a folder above it`]
      : [];
  });
}

/** git refuses repositories of another user (CVE-2022-24765). */
function foreignRepository(process: Process, workingDir: string): string[] {
  const repository = whatever(process, `${toBytes(workingDir)}/.git`);
  if (!repository || repository.uid === process.identity.uid) return [];
  return [
    `git will refuse the repository in ${workingDir}, which belongs to uid ${repository.uid}: set GIT_CONFIG_COUNT=1, GIT_CONFIG_KEY_0=safe.directory, GIT_CONFIG_VALUE_0=*`,
  ];
}

/** Playwright looks for its browsers where it installed them as root. */
function lostBrowsers(process: Process): string[] {
  const own = process.env['PLAYWRIGHT_BROWSERS_PATH'];
  const folder = own ?? '/root/.cache/ms-playwright';
  if (own === undefined && !whatever(process, folder)) return [];
  if (own !== undefined && !unreadable(process, toBytes(own), '')) return [];
  return [
    `Playwright's browsers are in ${folder}, where uid ${process.identity.uid} does not find them: tools that open pages will fail; set PLAYWRIGHT_BROWSERS_PATH to a folder that all may read`,
  ];
}
