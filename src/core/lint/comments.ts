import type { YamlDocument } from '../yaml/read.ts';
import type { Ignore } from './suppress.ts';

/** `# mcpk-ignore RULE[, RULE...] [until YYYY-MM-DD]: REASON` */
const COMMENT = /(?:^|[ \t])#[ \t]*mcpk-ignore(?:[ \t]+([^:\n]*))?(?::[ \t]*(.*))?$/;
const UNTIL = /[ \t,]+until[ \t]+(\S+)[ \t]*$/;

/**
 * The ignores in the comments of a text. One counts for the node on its line, or on the next line where it stands
 * alone, and for all that is in that node; above a document's first key, for the document.
 */
export function commentIgnores(text: string, file: string, documents: readonly YamlDocument[]): Ignore[] {
  if (!text.includes('mcpk-ignore')) return [];
  const lines = text.split(/\r?\n/);
  return lines.flatMap((line, i) => {
    const match = COMMENT.exec(line);
    if (!match) return [];
    const own = line.trimStart().startsWith('#');
    const at = own ? nextContentLine(lines, i) : i + 1;
    const column = line.indexOf('#') + 1;
    return [ignoreOf(match, { file, line: i + 1, column }, scopeAt(at, documents, own))];
  });
}

function ignoreOf(match: RegExpExecArray, at: { file: string; line: number; column: number }, scope: Scope): Ignore {
  const [, words = '', reason = ''] = match;
  const expires = UNTIL.exec(words)?.[1];
  return {
    by: 'comment',
    rules: words
      .replace(UNTIL, '')
      .split(/[\s,]+/)
      .filter(Boolean),
    reason: reason.trim(),
    ...(expires !== undefined && { expires }),
    covers: (finding) =>
      finding.file === at.file && finding.line !== undefined && finding.line >= scope.from && finding.line < scope.to,
    spot: { ...at, pointer: '' },
  };
}

/** Number of the next line that is neither blank nor a comment, counting from 1. */
function nextContentLine(lines: readonly string[], index: number): number {
  const next = lines.findIndex((line, i) => i > index && !/^\s*(#.*)?$/.test(line) && !/^---\s*(#.*)?$/.test(line));
  return next + 1;
}

/** Lines from `from` up to, without, `to`. */
interface Scope {
  from: number;
  to: number;
}

const NOTHING: Scope = { from: 0, to: 0 };

/** The lines of the node that starts in a line: up to the next node that is not inside of it. */
function scopeAt(line: number, documents: readonly YamlDocument[], own: boolean): Scope {
  for (const [i, document] of documents.entries()) {
    const nodes = document.nodes();
    const end = documents[i + 1]?.nodes()[0]?.line ?? Number.POSITIVE_INFINITY;
    const index = nodes.findIndex((node) => node.line === line && node.pointer !== '');
    const node = nodes[index];
    if (!node) continue;
    // The first key of a document stands for the document: nobody waives a rule about `apiVersion`.
    if (own && index === 1) return { from: line, to: end };
    const next = nodes.slice(index + 1).find(({ pointer }) => !pointer.startsWith(`${node.pointer}/`));
    return { from: line, to: next ? Math.max(next.line, line + 1) : end };
  }
  return NOTHING;
}
