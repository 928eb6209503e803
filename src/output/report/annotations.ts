import { repositoryPath } from './paths.ts';
import { oneLine } from './safe.ts';

type Level = 'error' | 'warning' | 'info';

/** A step shows no more annotations of one kind; the runner drops the others. */
const MAX_ANNOTATIONS = 10;

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

export interface Note {
  /** Notes of the same kind stand behind the first ones of other kinds. */
  kind: string;
  /** The workflow command. */
  command: string;
  /** For the log, where there are more than annotations. */
  line: string;
}

/** Workflow commands of one level; what is beyond GitHub's limit stands in the log. @param title of the last one */
export function annotations(level: Level, notes: readonly Note[], title: string): string[] {
  if (notes.length <= MAX_ANNOTATIONS) return firstOfEachKindFirst(notes).map(({ command }) => command);
  const sorted = firstOfEachKindFirst(notes);
  const rest = sorted.slice(MAX_ANNOTATIONS - 1);
  const more = `${rest.length} more ${level === 'info' ? 'notices' : `${level}s`}`;
  return [
    ...sorted.slice(0, MAX_ANNOTATIONS - 1).map(({ command }) => command),
    workflowCommand(level, { title }, `${more}: the log of this step lists them`),
    `::group::${more}`,
    ...rest.map(({ line }) => line),
    '::endgroup::',
  ];
}

/** Thirty of one kind must not take the place of the others. */
function firstOfEachKindFirst(notes: readonly Note[]): Note[] {
  const seen = new Set<string>();
  const isFirst = new Map(notes.map((note) => [note, seen.size !== seen.add(note.kind).size]));
  return notes.toSorted((a, b) => Number(isFirst.get(b)) - Number(isFirst.get(a)));
}

interface Properties {
  file?: string;
  line?: number | undefined;
  col?: number | undefined;
  title: string;
}

/** Where an annotation points. @param folder path from the root of the repository to where file names start from */
export function annotationPlace(
  at: { file: string; line?: number | undefined; column?: number | undefined },
  folder: string,
): Omit<Properties, 'title'> {
  const { file, line, column } = at;
  return file === '-' ? {} : { file: oneLine(repositoryPath(file, folder)), line, col: column };
}

/** A workflow command, escaped as the runner unescapes it. */
export function workflowCommand(level: Level, properties: Properties, message: string): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`);
  return `::${COMMANDS[level]} ${list.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The runner takes `::` at a line's beginning, and `##[` anywhere in it, for commands: other people's text is none. */
export function logLine(text: string): string {
  return `- ${text.replaceAll('##[', '## [')}`;
}
