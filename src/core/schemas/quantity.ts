/**
 * The grammar of resource.Quantity, as apimachinery's ParseQuantity reads it: digits on either side of the point may
 * be missing, a suffix alone is zero, and "E" is exa unless digits follow.
 */
const QUANTITY = /^[+-]?\d*\.?\d*(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?$/;

/** Whether the API server reads it as a quantity: text such as "250m" or "1Gi", or a number. */
export function isQuantity(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'string') return false;
  const text = value.trim();
  return text !== '' && QUANTITY.test(text);
}
