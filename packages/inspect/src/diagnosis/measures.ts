import { type HostValues, noGrad, type Tensor } from "@tapegrad/tensor";
import { mul } from "@tapegrad/tensor/ops/mul";
import { sum } from "@tapegrad/tensor/ops/sum";
import { sumSquares } from "@tapegrad/tensor/ops/sum-squares";
import { varMean } from "@tapegrad/tensor/ops/var-mean";

/** The Euclidean norm of all values. */
export async function normOf(tensor: Tensor): Promise<number> {
  return Math.sqrt(await noGrad(() => sumSquares(tensor)).item());
}

/** The sum of the products of all values. */
export async function dotOf(one: Tensor, other: Tensor): Promise<number> {
  return noGrad(() => sum(mul(one, other))).item();
}

/** The root of the mean of the squares. */
export async function rmsOf(tensor: Tensor): Promise<number> {
  return tensor.size === 0 ? 0 : (await normOf(tensor)) / Math.sqrt(tensor.size);
}

/** Where the values of a tensor lie. */
export interface MeanAndDeviation {
  readonly mean: number;
  readonly deviation: number;
}

/** The mean of all values, and their deviation from it. */
export async function meanAndDeviationOf(tensor: Tensor): Promise<MeanAndDeviation> {
  const [variance, mean] = noGrad(() => varMean(tensor, undefined, { correction: 0 }));
  return { mean: await mean.item(), deviation: Math.sqrt(await variance.item()) };
}

/** Rows of a tensor along its first axis, on the host. */
export interface Rows {
  readonly count: number;
  readonly size: number;
  row(index: number): HostValues;
}

/** Copies a tensor's rows to the host. */
export async function rowsOf(tensor: Tensor): Promise<Rows> {
  const values = await tensor.data();
  const count = tensor.shape[0]!;
  const size = count === 0 ? 0 : values.length / count;
  return { count, size, row: (index) => values.subarray(index * size, (index + 1) * size) };
}

/** The largest difference between two lists of numbers; infinite where only one is finite. */
export function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Object.is(a[i], b[i]) ? 0 : Math.abs(a[i]! - b[i]!);
    if (!(distance <= most)) most = Number.isNaN(distance) ? Infinity : distance;
  }
  return most;
}

/** The sum of what a function makes of each value. */
export function sumOver(values: ArrayLike<number>, of: (value: number) => number): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += of(values[i]!);
  return sum;
}

/** The largest of what a function makes of each value. */
export function largestOver(values: ArrayLike<number>, of: (value: number) => number): number {
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) most = Math.max(most, of(values[i]!));
  return most;
}

/** Pearson's correlation of two lists of one length; 0 if one is constant. */
export function correlationOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [meanA, meanB] = [a, b].map((values) => sumOver(values, (value) => value) / values.length) as [number, number];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** The number in the middle of those given. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** How far probabilities may be from adding up to 1. */
const rounding = 1e-3;

/** Whether what a function makes of the values adds up to 1 over the classes, `[n, K, …]`, everywhere. */
export async function addUpToOne(scores: Tensor, of = (value: number): number => value): Promise<boolean> {
  if (scores.rank < 2 || scores.shape[1]! < 2) return false;
  const rows = await rowsOf(scores);
  const classes = scores.shape[1]!;
  const inner = rows.size / classes;
  for (let i = 0; i < rows.count; i++) {
    const row = rows.row(i);
    for (let place = 0; place < inner; place++) {
      let sum = 0;
      for (let k = 0; k < classes; k++) sum += of(row[k * inner + place]!);
      if (!(Math.abs(sum - 1) < rounding)) return false;
    }
  }
  return rows.count > 0;
}

/** A short text that is the same for the same values, bit by bit, and for others as good as never: FNV-1a, twice. */
export function fingerprint({ buffer, byteOffset, byteLength }: HostValues): string {
  const words = new Int32Array(buffer, byteOffset, byteLength / 4);
  let [one, other] = [0x811c9dc5, 0x1b873593];
  for (let i = 0; i < words.length; i++) {
    one = Math.imul(one ^ words[i]!, 0x01000193);
    other = Math.imul(other ^ (words[i]! >>> 7), 0x85ebca6b) + one;
  }
  return `${one} ${other}`;
}
