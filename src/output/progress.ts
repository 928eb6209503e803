import type { ChalkInstance } from 'chalk';
import type { DeployEvent } from '../actions/deploy.ts';
import { formatDuration } from '../core/deploy/duration.ts';
import type { Status } from '../core/deploy/status.ts';

const HEARTBEAT_MS = 15_000;
const REDRAW_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const MARKS: Record<Status['state'], string> = { ready: '✔', failed: '✖', progressing: '·' };

/** The stream that progress goes to: stderr, or a test's. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows a deploy while it runs. */
export interface Progress {
  onEvent: (event: DeployEvent) => void;
  /** Ends what is shown; call it also when the deploy failed. */
  stop: () => void;
}

/** Live lines on a terminal; elsewhere lines that are only ever appended, without control characters. */
export function deployProgress(stream: ProgressStream, style: ChalkInstance): Progress {
  return stream.isTTY ? new LiveProgress(stream, style) : new PlainProgress(stream);
}

/** A line a change, and a sign of life now and then: CI systems end jobs that are silent. */
class PlainProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #shown = new Map<string, string>();
  readonly #open = new Map<string, string>();
  readonly #start = performance.now();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
    this.#beat();
  }

  onEvent = (event: DeployEvent): void => {
    if (event.type === 'workload') this.#workload(event.name, event.status, event.elapsedMs);
    else for (const line of eventLines(event)) this.#print(line);
  };

  stop = (): void => clearTimeout(this.#heartbeat);

  #workload(name: string, { state, message }: Status, elapsedMs: number): void {
    const text = state === 'progressing' ? message : `${state}${state === 'failed' ? `: ${message}` : ''}`;
    if (state === 'progressing') this.#open.set(name, message);
    else this.#open.delete(name);
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    this.#print(`${name}: ${text} (${formatDuration(elapsedMs)})`);
  }

  #print(line: string): void {
    this.#stream.write(`${plain(line)}\n`);
    this.#beat();
  }

  #beat(): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      const waiting = [...this.#open].map(([name, message]) => `${name} (${brief(message)})`).join(', ');
      this.#print(`still waiting (${formatDuration(performance.now() - this.#start)})${waiting ? `: ${waiting}` : ''}`);
    }, HEARTBEAT_MS).unref();
  }
}

/** One line a workload, drawn over itself. */
class LiveProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #style: ChalkInstance;
  readonly #lines = new Map<string, { status: Status; since: number; endedMs?: number }>();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #frame = 0;

  constructor(stream: ProgressStream, style: ChalkInstance) {
    this.#stream = stream;
    this.#style = style;
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  onEvent = (event: DeployEvent): void => {
    if (event.type !== 'workload') {
      const text = eventLines(event).map((line) => `${this.#fitted(line)}\n`);
      if (text.length > 0) this.#draw(text.join(''));
      return;
    }
    const { name, status, elapsedMs } = event;
    const since = this.#lines.get(name)?.since ?? performance.now() - elapsedMs;
    this.#lines.set(name, { status, since, ...(status.state !== 'progressing' && { endedMs: elapsedMs }) });
    this.#draw();
  };

  stop = (): void => {
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
  };

  /** @param above text that stays, over the live lines */
  #draw(above = ''): void {
    this.#frame++;
    const back = this.#drawn > 0 ? `\u001b[${this.#drawn}A\u001b[0J` : '';
    const width = Math.max(0, ...[...this.#lines.keys()].map((name) => name.length));
    const lines = [...this.#lines].map(([name, { status, since, endedMs }]) => {
      const time = formatDuration(endedMs ?? performance.now() - since);
      return this.#coloured(
        status.state,
        this.#fitted(`${this.#mark(status.state)} ${name.padEnd(width)}  ${plain(status.message)} (${time})`),
      );
    });
    this.#stream.write(`${back}${above}${lines.map((line) => `${line}\n`).join('')}`);
    this.#drawn = lines.length;
  }

  #mark(state: Status['state']): string {
    return state === 'progressing' ? (FRAMES[this.#frame % FRAMES.length] ?? '') : MARKS[state];
  }

  #coloured(state: Status['state'], line: string): string {
    if (state === 'ready') return this.#style.green(line);
    return state === 'failed' ? this.#style.red(line) : line;
  }

  /** A line that wraps would be counted as one and drawn as two. Some terminals say that they have 0 columns. */
  #fitted(line: string): string {
    const columns = (this.#stream.columns || 80) - 1;
    return line.length > columns ? `${line.slice(0, Math.max(0, columns - 1))}…` : line;
  }
}

function eventLines(event: Exclude<DeployEvent, { type: 'workload' }>): string[] {
  switch (event.type) {
    case 'target':
      return [`Deploying ${event.app} to namespace ${event.namespace} of ${event.context} (${event.server})`];
    case 'applied':
      return event.action === 'unchanged' ? [] : [`${event.object.kind} ${event.object.name} ${event.action}`];
    case 'token':
      return event.action === 'created' ? [`Secret ${event.secret} created with a new random token`] : [];
    case 'pruned':
      return [`${event.object.kind} ${event.object.name} removed: mcpk.yaml no longer has it`];
    case 'warning':
      return [];
  }
}

/** A heartbeat says what is waited for; the whole message had a line of its own before. */
function brief(message: string): string {
  return message.length > 60 ? `${message.slice(0, 59)}…` : message;
}

/** Messages come from the cluster, and from logs: none of them may move the cursor. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
