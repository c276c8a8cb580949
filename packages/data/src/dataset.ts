import { ValueError, showValue } from "@tapegrad/tensor";
import type { Shape, Tensor } from "@tapegrad/tensor";

/**
 * Examples by number: all that a `DataLoader` asks of its source.
 *
 * `get` may answer at once or later, so that examples can come from files.
 */
export interface Dataset<T = Sample> {
  /** How many examples there are. */
  readonly length: number;
  /** The example at `index`, 0 … `length` − 1. Sources that change examples at random do so anew for each `epoch`. */
  get(index: number, epoch?: number): T | Promise<T>;
  /** Many examples as one batch, for sources that can do better than one at a time. */
  getBatch?(indices: readonly number[], epoch?: number): Batch | Promise<Batch>;
}

/** One example to learn from, still on the host. */
export interface Sample {
  readonly input: { readonly values: Float32Array | Uint8Array; readonly shape: Shape };
  /** The class. */
  readonly target: number;
}

/** Examples stacked along a new first axis. */
export interface Batch {
  /** float32 `[n, …]`. */
  readonly inputs: Tensor;
  /** What should come out: int32 `[n]` for classes. */
  readonly targets: Tensor;
}

/** @throws ValueError naming `op` unless there is something with a `length` and a `get`. */
export function checkDataset(op: string, dataset: unknown): void {
  const { length, get } = Object(dataset) as Partial<Dataset<unknown>>;
  if (Number.isInteger(length) && typeof get === "function") return;
  throw new ValueError(`${op}: expected a dataset, with a length and a get(index), got ${showValue(dataset)}`);
}
