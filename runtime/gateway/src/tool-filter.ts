/** Which tools of a server clients get to see. */

/** `allow` undefined means every tool; `*` in a pattern stands for any text. */
export function isOffered(name: string, { allow, deny }: { allow: string[] | undefined; deny: string[] }): boolean {
  const matches = (pattern: string) => toExpression(pattern).test(name);
  return (allow === undefined || allow.some(matches)) && !deny.some(matches);
}

function toExpression(pattern: string): RegExp {
  const literal = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 's');
}
