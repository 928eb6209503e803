/** Whether a URI can come from a URI template (RFC 6570). */

const EXPRESSION = /\{([+#./;?&]?)[^{}]*\}/g;

/** What an expression's operator may put into a URI. */
const MATCHES: Record<string, string> = {
  '': '[^/?#]*',
  '+': '.*',
  '#': '(?:#.*)?',
  '.': '(?:\\.[^/?#]*)?',
  '/': '(?:/[^?#]*)?',
  ';': '(?:;[^/?#]*)?',
  '?': '(?:\\?[^#]*)?',
  '&': '(?:&[^#]*)?',
};

export function matchesTemplate(uri: string, template: string): boolean {
  let pattern = '';
  let at = 0;
  for (const found of template.matchAll(EXPRESSION)) {
    pattern += literal(template.slice(at, found.index)) + MATCHES[found[1] as string];
    at = found.index + found[0].length;
  }
  return new RegExp(`^${pattern}${literal(template.slice(at))}$`, 's').test(uri);
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
