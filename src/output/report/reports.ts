import type { ChalkInstance } from 'chalk';
import type { ExitCode } from '../../errors.ts';
import { isUnicode } from '../terminal.ts';

/** What every report needs besides the result. */
export interface RunContext {
  /** mcpk's own version. */
  version: string;
  exitCode: ExitCode;
  warnings: string[];
  /**
   * Path from the root of the repository to the folder that file names start from, empty where they are the same:
   * GitHub wants names that start from the root.
   */
  folder: string;
  /** Whether this is a job of GitHub Actions. */
  onGitHub: boolean;
}

/** How text is shown. */
export interface Look {
  style: ChalkInstance;
  /** Whether the terminal can be trusted with more than ASCII. */
  unicode: boolean;
  /** Width to wrap at; Infinity where the text goes to a file or a pipe. */
  columns: number;
}

/** Makes the whole text of one format, newline at its end. */
type Make<Result, Context> = (result: Result, context: Context) => string;

/** The words of --format and --output, and what makes each. A report is loaded when it is asked for. */
export type Formats<Result, Context> = Readonly<Record<string, () => Promise<Make<Result, Context>>>>;

export interface Wanted {
  env: NodeJS.ProcessEnv;
  /** Path from the root of the repository to the working folder. */
  folder: string;
  /** Width of the terminal; undefined where stdout is none. */
  columns: number | undefined;
  /** What stdout gets; undefined is text, with annotations on GitHub Actions. */
  format: string | undefined;
  /** Formats that go to files. */
  also: readonly string[];
}

export interface Reports {
  /** For stdout. */
  printed: (style: ChalkInstance) => string;
  file: (word: string) => string;
  /** For $GITHUB_STEP_SUMMARY. */
  stepSummary: { file: string; text: string } | undefined;
}

/** What the command knows and the environment does not. */
type Own<Context> = Omit<Context, keyof Look | 'folder' | 'onGitHub'>;

interface Kind<Result, Context> {
  formats: Formats<Result, Context>;
  stepSummary: () => Promise<Make<Result, Context>>;
}

/** Loads the reporters that are wanted, and makes their texts. */
export async function makeReports<Result, Context extends RunContext & Look>(
  { formats, stepSummary }: Kind<Result, Context>,
  result: Result,
  own: Own<Context>,
  { env, folder, columns = Number.POSITIVE_INFINITY, format, also }: Wanted,
): Promise<Reports> {
  const onGitHub = env['GITHUB_ACTIONS'] === 'true';
  const printed = format ? [format] : onGitHub ? ['text', 'github'] : ['text'];
  const reporters = new Map<string, Make<Result, Context>>();
  for (const word of new Set([...printed, ...also])) {
    const load = formats[word];
    if (load) reporters.set(word, await load());
  }
  const { plainStyle } = await import('../style.ts');
  const look: Look = { style: plainStyle(), unicode: true, columns: Number.POSITIVE_INFINITY };
  // Own and what stands here make the whole of it; the compiler cannot add up what it does not know.
  const toFile = { ...own, folder, onGitHub, ...look } as unknown as Context;
  const make = (word: string, other: Partial<Look>) => reporters.get(word)?.(result, { ...toFile, ...other }) ?? '';
  const summaryFile = env['GITHUB_STEP_SUMMARY'];
  const wantsSummary = onGitHub && summaryFile && printed.includes('github');
  return {
    printed: (style) => printed.map((word) => make(word, { style, unicode: isUnicode(env), columns })).join(''),
    file: (word) => make(word, {}),
    stepSummary: wantsSummary ? { file: summaryFile, text: (await stepSummary())(result, toFile) } : undefined,
  };
}
