/** Whether the terminal can be trusted with more than ASCII. */
export function isUnicode(env: NodeJS.ProcessEnv): boolean {
  if (env['TERM'] === 'dumb') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return process.platform === 'win32' ? Boolean(env['WT_SESSION']) : /utf-?8/i.test(locale);
}
