/** Log lines on stderr, in the wording of docker/mcp-gateway, so that readers of its log can read this one. */

export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A duration as Go prints it: 12.3ms, 1.23s, 1m30.2s. */
export function goDuration(ms: number): string {
  if (ms < 1000) return `${trim(ms.toFixed(3))}ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${trim(seconds.toFixed(3))}s`;
  const minutes = Math.floor(seconds / 60);
  const rest = `${trim((seconds - minutes * 60).toFixed(3))}s`;
  return minutes < 60 ? `${minutes}m${rest}` : `${Math.floor(minutes / 60)}h${minutes % 60}m${rest}`;
}

function trim(decimal: string): string {
  return decimal.replace(/\.?0+$/, '') || '0';
}
