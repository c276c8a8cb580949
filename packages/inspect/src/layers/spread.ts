/** How values are spread. */
export interface Spread {
  /** The least value, those below which lie 5, 25, 50, 75 and 95 of 100, and the largest. */
  readonly quantiles: readonly number[];
  /** The root of the mean of the squares. */
  readonly rms: number;
  /** The share of values that are NaN or infinite; the others alone count above. */
  readonly notFinite: number;
}

const shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
/** More values are not sorted: every so many-th stands for the others. */
const most = 2048;

/** How values are spread, or their magnitudes. */
export function spreadOf(values: ArrayLike<number>, magnitudes = false): Spread {
  // An odd stride, so that not one column of a picture alone is seen.
  const stride = values.length <= most ? 1 : Math.ceil(values.length / most) | 1;
  const seen: number[] = [];
  let count = 0;
  for (let i = 0; i < values.length; i += stride) {
    count++;
    if (Number.isFinite(values[i])) seen.push(magnitudes ? Math.abs(values[i]!) : values[i]!);
  }
  seen.sort((a, b) => a - b);
  const squares = seen.reduce((sum, value) => sum + value * value, 0);
  return {
    quantiles: shares.map((share) => seen[Math.round(share * (seen.length - 1))] ?? NaN),
    rms: seen.length === 0 ? NaN : Math.sqrt(squares / seen.length),
    notFinite: count === 0 ? 0 : 1 - seen.length / count,
  };
}

/** The share of units, along the axis after the batch, that are 0 throughout. */
export function deadShare(values: ArrayLike<number>, shape: readonly number[]): number {
  const [n = 0, units = 0, ...others] = shape;
  const size = others.reduce((a, b) => a * b, 1);
  let dead = 0;
  for (let unit = 0; unit < units; unit++) {
    let alive = false;
    for (let i = 0; i < n && !alive; i++)
      for (let k = 0; k < size && !alive; k++) alive = values[(i * units + unit) * size + k] !== 0;
    if (!alive) dead++;
  }
  return units === 0 ? 0 : dead / units;
}
