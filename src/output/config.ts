import type { ChalkInstance } from 'chalk';
import type {
  AddServerResult,
  ImageVerdict,
  InitResult,
  ListedServer,
  ListResult,
  RemoveServerResult,
  RenderResult,
} from '../contract.ts';

const VERDICT_WORDS: Record<ListedServer['nonRoot'], string> = {
  ok: 'runs without root',
  fails: 'cannot run without root',
  risky: 'may fail without root',
  unchecked: 'not known',
};

export function initText(result: InitResult, style: ChalkInstance): string {
  const servers = result.servers.length > 0 ? ` with ${result.servers.map(({ name }) => name).join(', ')}` : '';
  const next =
    result.servers.length > 0 ? 'mcpk render' : 'mcpk add-server NAME   (mcpk list --catalog shows what there is)';
  return `${style.green('Wrote')} ${result.file}: app ${result.name} in namespace ${result.namespace}${servers}\nNext: ${next}\n`;
}

export function addServerText(result: AddServerResult, style: ChalkInstance): string {
  const lines = result.added.map((s) => `${style.green('Added')} ${s.name} (${s.image}) to ${result.file}`);
  return `${[...lines, ...result.nextSteps.map((step) => `Next: ${step}`)].join('\n')}\n`;
}

/** What is known of the servers' images that needs a warning. */
export function nonRootRemarks(servers: readonly ListedServer[]): string[] {
  return servers.flatMap((server) => nonRootRemark(server) ?? []);
}

/** What the images say that needs a warning; where one could not be had, what the catalog knows of it. */
export function imageRemarks(images: readonly ImageVerdict[], known: readonly ListedServer[]): string[] {
  return images.flatMap(({ server, image, verdict, summary, works }) => {
    const listed = known.find(({ name }) => name === server);
    if (verdict === 'ok') return [];
    if (verdict === 'unchecked') {
      const fromCatalog = listed && nonRootRemark(listed);
      if (fromCatalog) return [fromCatalog];
      return listed?.nonRoot === 'ok'
        ? []
        : [`${server}: whether ${image} runs without root was not checked: ${summary}`];
    }
    if (verdict === 'risky') return [`${server}: ${image} may fail: ${summary}`];
    const [best] = works;
    const next = best
      ? `it runs as uid ${best.runAsUser}${best.runAsGroup === undefined ? '' : `, gid ${best.runAsGroup}`}`
      : `mcpk inspect ${image} shows the way, and what helps`;
    return [`${server}: the image ${image} ${VERDICT_WORDS.fails}: ${summary}; ${next}`];
  });
}

/** What a server's image is known to do as non-root, when that needs a warning. */
function nonRootRemark(server: ListedServer): string | undefined {
  if (server.nonRoot !== 'fails' && server.nonRoot !== 'risky') return undefined;
  return `${server.name}: the image ${server.image} ${VERDICT_WORDS[server.nonRoot]}: ${server.reason ?? ''}`;
}

export function removeServerText(result: RemoveServerResult, style: ChalkInstance): string {
  return `${style.green('Removed')} ${result.removed.join(', ')} from ${result.file}. mcpk deploy removes the pods.\n`;
}

export function listText(result: ListResult, style: ChalkInstance): string {
  if (result.catalog)
    return table(
      result.catalog.map(({ name, description }) => [style.bold(name), description]),
      [18],
    );
  const head = `App ${style.bold(result.app ?? '')} in namespace ${result.namespace}\n`;
  if (result.servers.length === 0) return `${head}No servers. mcpk add-server NAME adds one.\n`;
  const rows = result.servers.map((s) => {
    const color = { ok: style.green, fails: style.red, risky: style.yellow, unchecked: style.dim }[s.nonRoot];
    return [s.name, s.image ?? 'no image', color(VERDICT_WORDS[s.nonRoot])];
  });
  const width = (column: number) =>
    Math.max(...result.servers.map((s) => (column === 0 ? s.name : (s.image ?? 'no image')).length));
  return head + table(rows, [width(0), width(1)]);
}

export function renderText(result: RenderResult): string {
  return result.manifests ?? `${(result.files ?? []).join('\n')}\n`;
}

/** Columns padded to their widths; colour codes have none. */
function table(rows: string[][], widths: number[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that colour text
  const length = (cell: string) => cell.replaceAll(/\u001b\[\d+m/g, '').length;
  const pad = (cell: string, i: number) => cell + ' '.repeat(Math.max(0, (widths[i] ?? 0) - length(cell)));
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}
