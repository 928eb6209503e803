/** How many nodes a value has when each reference to a shared node counts as a copy of it. Infinity for a loop. */
export function expandedSize(value: unknown): number {
  const sizes = new Map<object, number>();
  const size = (node: unknown): number => {
    if (typeof node !== 'object' || node === null) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    sizes.set(node, Number.POSITIVE_INFINITY);
    const sum = Object.values(node).reduce<number>((total, member) => total + size(member), 1);
    sizes.set(node, sum);
    return sum;
  };
  return size(value);
}
