const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a quantity stands for: cores of CPU, bytes of memory; undefined where the text is none.
 * Source: resource.Quantity of Kubernetes' apimachinery.
 */
export function quantity(value: string | number | undefined): number | undefined {
  const [, digits, suffix = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+))(.*)$/.exec(String(value)) ?? [];
  if (digits === undefined) return undefined;
  const [, exponent] = /^[eE]([+-]?\d+)$/.exec(suffix) ?? [];
  const factor =
    exponent === undefined ? (Object.hasOwn(UNITS, suffix) ? UNITS[suffix] : undefined) : 10 ** Number(exponent);
  return factor === undefined ? undefined : Number(digits) * factor;
}

/**
 * A number of pods, as it is or as a share of all, rounded up as the disruption controller does.
 * @returns undefined where it is neither
 */
export function share(value: string | number | undefined, total: number): number | undefined {
  if (typeof value === 'number') return value;
  const [, percent] = /^(\d+)%$/.exec(value ?? '') ?? [];
  return percent === undefined ? undefined : Math.ceil((Number(percent) * total) / 100);
}
