const mostBuckets = 40;

/** How values are spread. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The right ends of the buckets, which have equal widths from the least value to the largest. */
  readonly limits: readonly number[];
  /** How many values each bucket holds. */
  readonly counts: readonly number[];
}

/** The histogram of those values that are finite; null if none is. */
export function histogramOf(values: ArrayLike<number>): Histogram | null {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return null;
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (const value of finite) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  const buckets = max > min ? mostBuckets : 1;
  const width = (max - min) / buckets;
  const counts = new Array<number>(buckets).fill(0);
  for (const value of finite) counts[width > 0 ? Math.min(buckets - 1, Math.floor((value - min) / width)) : 0]!++;
  const limits = counts.map((_, i) => (i === buckets - 1 ? max : min + (i + 1) * width));
  return { min, max, count: finite.length, sum, sumSquares, limits, counts };
}
