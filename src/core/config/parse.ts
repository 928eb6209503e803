import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Outcome, Problem } from '../problem.ts';
import { codeFrame } from './frame.ts';
import { type NodeProblem, pointerTokens } from './pointer.ts';
import type { Config } from './schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { semanticProblems } from './semantics.ts';

/** Larger files are refused unread: a config of a thousand servers has about 100 KiB. */
const MAX_CONFIG_BYTES = 1024 * 1024;
/** Aliases may repeat a node; a bomb of nested aliases multiplies it. */
const MAX_ALIASES = 100;
/** After a few syntax errors the rest are echoes of the first. */
const MAX_SYNTAX_PROBLEMS = 3;

export interface Position {
  line: number;
  column: number;
}

export interface ParsedConfig {
  config: Config;
  file: string;
  /** Where the node of a JSON Pointer stands: its key where it has one. */
  locate(pointer: string): Position | undefined;
}

/**
 * Reads mcpk.yaml.
 * @param bytes the file's content, UTF-8
 * @param file its name in messages
 */
export function parseConfig(bytes: Uint8Array, file: string): Outcome<ParsedConfig> {
  const decoded = decode(bytes);
  if (!decoded.ok) return { ok: false, problems: decoded.problems.map((problem) => ({ file, ...problem })) };
  const text = decoded.value;
  const lines = new LineCounter();
  const read = readDocument(text, file, lines);
  if (!read.ok) return read;
  const { document, data } = read.value;
  const place = (pointer: string) => locate(document, lines, pointer);
  const found = schemaProblems(data);
  const faults = found.length > 0 ? found : semanticProblems(data as Config);
  if (faults.length > 0)
    return { ok: false, problems: faults.map((fault) => placed(fault, place(fault.pointer), text, file)) };
  return { ok: true, value: { config: data as Config, file, locate: place } };
}

function decode(bytes: Uint8Array): Outcome<string> {
  if (bytes.byteLength > MAX_CONFIG_BYTES) {
    const size = (bytes.byteLength / 1024 / 1024).toFixed(1);
    return { ok: false, problems: [{ message: `the file has ${size} MiB; mcpk reads at most 1 MiB` }] };
  }
  try {
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, problems: [{ message: 'the file is not UTF-8 text', suggestion: 'save it as UTF-8' }] };
  }
}

/** Parses with the yaml library and turns whatever it throws on hostile input into problems. */
function readDocument(
  text: string,
  file: string,
  lines: LineCounter,
): Outcome<{ document: Document.Parsed; data: unknown }> {
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: true });
    if (document.errors.length > 0) {
      return {
        ok: false,
        problems: document.errors.slice(0, MAX_SYNTAX_PROBLEMS).map((error) => syntaxProblem(error, text, file)),
      };
    }
    const data: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (data === null || data === undefined) return { ok: false, problems: [{ file, message: 'the file is empty' }] };
    return { ok: true, value: { document, data } };
  } catch (error) {
    if (error instanceof RangeError)
      return { ok: false, problems: [{ file, message: 'the YAML is nested too deeply' }] };
    if (error instanceof ReferenceError) {
      const message = `aliases repeat nodes more than ${MAX_ALIASES} times`;
      return { ok: false, problems: [{ file, message, suggestion: 'write the values out instead of using aliases' }] };
    }
    throw error;
  }
}

const SYNTAX_HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces: YAML allows no tabs there',
  DUPLICATE_KEY: 'keep one of the two keys',
  MULTIPLE_DOCS: 'keep one document: mcpk.yaml describes one app',
};

function syntaxProblem(
  error: { code: string; message: string; linePos?: unknown },
  text: string,
  file: string,
): Problem {
  const start = (error.linePos as { line: number; col: number }[] | undefined)?.[0];
  const message = (error.message.split('\n')[0] ?? error.message).replace(/ at line \d+, column \d+:?$/, '');
  const hint = SYNTAX_HINTS[error.code];
  return {
    file,
    message,
    ...(start && { line: start.line, column: start.col, frame: codeFrame(text, start.line, start.col) }),
    ...(hint && { suggestion: hint }),
  };
}

function placed(fault: NodeProblem, at: Position | undefined, text: string, file: string): Problem {
  return { file, ...at, ...fault, ...(at && { frame: codeFrame(text, at.line, at.column) }) };
}

function locate(document: Document, lines: LineCounter, pointer: string): Position | undefined {
  let offset = document.contents?.range?.[0];
  let node: unknown = document.contents;
  for (const token of pointerTokens(pointer)) {
    const next = child(node, token);
    if (!next) break;
    offset = next.offset ?? offset;
    node = next.value;
  }
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function child(node: unknown, token: string): { value: unknown; offset: number | undefined } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(
      (item) => isPair(item) && String(isScalar(item.key) ? item.key.value : item.key) === token,
    );
    return pair && { value: pair.value, offset: offsetOf(pair.key) };
  }
  if (isSeq(node)) {
    const item = node.items[Number(token)];
    return item === undefined ? undefined : { value: item, offset: offsetOf(item) };
  }
  return undefined;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
