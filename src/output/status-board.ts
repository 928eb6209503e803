import type { ChalkInstance } from 'chalk';
import { formatDuration } from '../core/deploy/duration.ts';

const HEARTBEAT_MS = 15_000;
const REDRAW_MS = 120;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** How one thing that is waited for does. */
export interface Status {
  state: 'ready' | 'failed' | 'progressing';
  message: string;
}

const MARKS: Record<Status['state'], string> = { ready: '✔', failed: '✖', progressing: '·' };

/** The stream that progress goes to: stderr, or a test's. */
export interface ProgressStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Shows how several things do, while they do. */
export interface StatusBoard {
  /** A line that stays. */
  say: (line: string) => void;
  /** @param elapsedMs since this one is waited for */
  set: (name: string, status: Status, elapsedMs: number) => void;
  /** It is not among them any more. */
  drop: (name: string) => void;
  /** Ends what is shown; call it also when the work failed. */
  stop: () => void;
}

/** Live lines on a terminal; elsewhere lines that are only ever appended, without control characters. */
export function statusBoard(stream: ProgressStream, style: ChalkInstance, options: BoardOptions = {}): StatusBoard {
  return stream.isTTY ? new LiveBoard(stream, style) : new PlainBoard(stream, options);
}

export interface BoardOptions {
  /** Nothing is waited for once everything is ready or failed: no sign of life is due then. */
  mayRest?: boolean;
}

/** A line a change, and a sign of life now and then: CI systems end jobs that are silent. */
class PlainBoard implements StatusBoard {
  readonly #stream: ProgressStream;
  readonly #mayRest: boolean;
  readonly #shown = new Map<string, string>();
  readonly #open = new Map<string, string>();
  readonly #start = performance.now();
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(stream: ProgressStream, { mayRest = false }: BoardOptions) {
    this.#stream = stream;
    this.#mayRest = mayRest;
    this.#beat();
  }

  say = (line: string): void => this.#print(line);

  drop = (name: string): void => {
    this.#shown.delete(name);
    this.#open.delete(name);
  };

  stop = (): void => clearTimeout(this.#heartbeat);

  set = (name: string, { state, message }: Status, elapsedMs: number): void => {
    const text = state === 'progressing' ? message : `${state}${state === 'failed' ? `: ${message}` : ''}`;
    if (state === 'progressing') this.#open.set(name, message);
    else this.#open.delete(name);
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    this.#print(`${name}: ${text} (${formatDuration(elapsedMs)})`);
  };

  #print(line: string): void {
    this.#stream.write(`${plain(line)}\n`);
    this.#beat();
  }

  #beat(): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      if (this.#mayRest && this.#open.size === 0) return this.#beat();
      const waiting = [...this.#open].map(([name, message]) => `${name} (${brief(message)})`).join(', ');
      this.#print(`still waiting (${formatDuration(performance.now() - this.#start)})${waiting ? `: ${waiting}` : ''}`);
    }, HEARTBEAT_MS).unref();
  }
}

/** One line a workload, drawn over itself. */
class LiveBoard implements StatusBoard {
  readonly #stream: ProgressStream;
  readonly #style: ChalkInstance;
  readonly #lines = new Map<string, { status: Status; since: number; endedMs?: number }>();
  readonly #timer: NodeJS.Timeout;
  #drawn = 0;
  #frame = 0;

  constructor(stream: ProgressStream, style: ChalkInstance) {
    this.#stream = stream;
    this.#style = style;
    this.#timer = setInterval(() => this.#isMoving() && this.#draw(), REDRAW_MS);
    this.#timer.unref();
  }

  say = (line: string): void => this.#draw(`${plain(line)}\n`);

  set = (name: string, status: Status, elapsedMs: number): void => {
    const known = this.#lines.get(name);
    const isSame = known?.status.state === status.state && known.status.message === status.message;
    if (isSame && status.state !== 'progressing') return;
    const since = known?.since ?? performance.now() - elapsedMs;
    this.#lines.set(name, { status, since, ...(status.state !== 'progressing' && { endedMs: elapsedMs }) });
    this.#draw();
  };

  drop = (name: string): void => {
    if (this.#lines.delete(name)) this.#draw();
  };

  stop = (): void => {
    clearInterval(this.#timer);
    this.#draw();
    this.#drawn = 0;
  };

  #isMoving(): boolean {
    return [...this.#lines.values()].some(({ status }) => status.state === 'progressing');
  }

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

/** A heartbeat says what is waited for; the whole message had a line of its own before. */
function brief(message: string): string {
  return message.length > 60 ? `${message.slice(0, 59)}…` : message;
}

/** Messages come from the cluster, and from logs: none of them may move the cursor. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
