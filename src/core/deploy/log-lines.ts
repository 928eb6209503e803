/** One line of a container's log. */
export interface LogLine {
  /** RFC 3339 with nine digits of a second, as the kubelet writes it: sorts as text. */
  time: string;
  text: string;
}

/** Lines of a log that was asked for with `timestamps=true`. */
export interface LogPart {
  lines: LogLine[];
  /** The beginning of a line that is still being written; empty where the log ends in a line end. */
  rest: string;
}

export function parseLog(log: string): LogPart {
  const parts = log.split('\n');
  const rest = parts.pop() ?? '';
  return { lines: parts.flatMap((line) => parseLine(line)), rest };
}

/** Empty for what has no time stamp: an error message of the kubelet's, which is no line of the container. */
function parseLine(line: string): LogLine[] {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\S*) ?(.*)$/s.exec(line.replace(/\r$/, ''));
  return match ? [{ time: match[1] ?? '', text: match[2] ?? '' }] : [];
}

/** How far a log has been read. */
export interface Cursor {
  /** Earlier lines are not wanted: the end of the log was asked for. Empty where everything is. */
  from: string;
  /**
   * Lines that have been taken and may be answered again, with how often, by their second, oldest first: requests can
   * name whole seconds only.
   */
  taken: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export const START: Cursor = { from: '', taken: new Map() };

/** Of so many seconds lines are remembered: see sinceTime. */
const REMEMBERED = 15;

/**
 * The value of `sinceTime` for the next request; undefined before the first line. One second before the newest line,
 * because stdout and stderr may be written down slightly out of order.
 * @param far as early as lines are remembered: when a container has restarted, the last lines of its former life are
 *   older than those that its new life may have given already
 */
export function sinceTime({ taken }: Cursor, far = false): string | undefined {
  const seconds = [...taken.keys()];
  return far ? seconds[0] : (seconds.at(-2) ?? seconds.at(-1));
}

/** The lines of an answer that have not been taken yet, and the cursor after them. */
export function advance(cursor: Cursor, lines: readonly LogLine[]): { fresh: LogLine[]; cursor: Cursor } {
  const open = new Map([...cursor.taken.values()].flatMap((counts) => [...counts]));
  const fresh = lines.filter((line) => {
    const left = open.get(keyOf(line)) ?? 0;
    if (left > 0) open.set(keyOf(line), left - 1);
    return left === 0 && line.time >= cursor.from;
  });
  const taken = new Map([...cursor.taken].map(([second, counts]) => [second, new Map(counts)]));
  for (const line of fresh) {
    const counts = taken.get(secondOf(line)) ?? new Map<string, number>();
    taken.set(secondOf(line), counts.set(keyOf(line), (counts.get(keyOf(line)) ?? 0) + 1));
  }
  const newest = [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).slice(-REMEMBERED);
  return { fresh, cursor: { from: cursor.from, taken: new Map(newest) } };
}

function keyOf({ time, text }: LogLine): string {
  return `${time} ${text}`;
}

/** `2026-01-02T03:04:05Z`, with the zone of the node. */
function secondOf({ time }: LogLine): string {
  return time.replace(/\.\d+/, '');
}
