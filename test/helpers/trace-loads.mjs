// Preloaded with --import: says on stderr which files of dist are loaded. The hook runs in its own thread, so it
// writes by file descriptor.
import { register } from 'node:module';

const hook = `
import { writeSync } from 'node:fs';
export async function load(url, context, next) {
  if (url.includes('/dist/')) writeSync(2, 'LOADED ' + url + '\\n');
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
