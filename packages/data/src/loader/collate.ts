import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { Batch, Sample } from "../datasets/dataset.ts";
import { stackInputs, stackTargets } from "./values.ts";

/**
 * Stacks samples along a new first axis. What a `DataLoader` does unless told otherwise.
 *
 * | given | inputs | targets |
 * | --- | --- | --- |
 * | numbers, lists of them | float32 | int32 if all of the batch are whole, else float32 |
 * | `Float32Array`, `Float64Array` | float32 | float32 |
 * | `Int32Array` | int32 | int32 |
 * | other arrays of integers | float32 | int32 |
 * | tensors | as they are | as they are |
 *
 * Classes are whole and what is measured has fractions, but a batch of measurements may be whole by chance: give them as
 * `Float32Array.of(y)`, or as tensors, and the dtype is always the same. NaN and infinities count as fractions. PyTorch, whose
 * numbers have a type, needs no such rule, and makes 64-bit numbers.
 *
 * Shape: samples of shape `[…]` make `[n, …]`; numbers make `[n]`.
 *
 * @throws ValueError if there are no samples, an item is not a `Sample`, samples differ in kind, or plain targets are whole and
 *   beyond int32 or beyond float32.
 * @throws ShapeError if samples differ in shape, or one is ragged.
 */
export function collate(samples: readonly Sample[]): Batch {
  if (!Array.isArray(samples)) throw new ValueError(`collate: expected a list of samples, got ${showValue(samples)}`);
  if (samples.length === 0) throw new ValueError("collate: expected at least one sample, got none");
  for (const sample of samples as readonly unknown[]) {
    const { input, target } = Object(sample) as Partial<Sample>;
    if (input === undefined || target === undefined)
      throw new ValueError(
        `collate: expected samples { input, target }, got ${showValue(sample)}; give the DataLoader a collate of its own`,
      );
  }
  return {
    inputs: stackInputs(samples.map(({ input }: Sample) => input)),
    targets: stackTargets(samples.map(({ target }: Sample) => target)),
  };
}
