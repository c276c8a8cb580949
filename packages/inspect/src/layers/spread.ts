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
const most = 1024;

/** Every how many-th of so many values is looked at. Odd, so that not one column of a picture alone is seen. */
export function strideOf(count: number): number {
  return count <= most ? 1 : Math.ceil(count / most) | 1;
}

/** How values are spread, or their magnitudes. */
export function spreadOf(values: ArrayLike<number>, magnitudes = false): Spread {
  const stride = strideOf(values.length);
  const sample = new Float64Array(Math.ceil(values.length / stride));
  let [count, known, squares] = [0, 0, 0];
  for (let i = 0; i < values.length; i += stride) {
    const value = magnitudes ? Math.abs(values[i]!) : values[i]!;
    count++;
    if (!Number.isFinite(value)) continue;
    sample[known++] = value;
    squares += value * value;
  }
  const seen = sample.subarray(0, known).sort();
  return {
    quantiles: shares.map((share) => seen[Math.round(share * (seen.length - 1))] ?? NaN),
    rms: known === 0 ? NaN : Math.sqrt(squares / known),
    notFinite: count === 0 ? 0 : 1 - known / count,
  };
}

/** The share of units whose largest value is 0. */
export function deadShare(largest: ArrayLike<number>): number {
  let dead = 0;
  for (let unit = 0; unit < largest.length; unit++) if (largest[unit] === 0) dead++;
  return dead / largest.length;
}
