import type { Tensor } from "@tapegrad/tensor";
import type { Extents } from "../../checks/check-sizes.ts";
import { MaxUnpool, type MaxUnpoolOptions, unpool } from "./max-unpool.ts";

/**
 * Puts the maxima that `maxPool1dWithIndices` took back where they were, and zeros elsewhere. Where several go to one place, the last
 * one stays.
 *
 * Shape: values and int32 indices `[n, c, l] → [n, c, (l − 1)·stride − 2·padding + k]`, or `outputSize`; without `n` alike.
 *
 * @throws ShapeError if the shapes differ or only a batch may be empty. @throws IndexError if an index lies outside of the sequence.
 * @throws ValueError if a size or option is not what it should be, or unknown. @throws DTypeError if the values are int32 or the
 *   indices not.
 */
export function maxUnpool1d(
  input: Tensor,
  indices: Tensor,
  kernelSize: Extents,
  options: MaxUnpoolOptions = {},
): Tensor {
  return unpool(1, input, indices, kernelSize, options);
}

/** Puts maxima back where they were: `maxUnpool1d` as a module. */
export class MaxUnpool1d extends MaxUnpool {
  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: Extents, options: Omit<MaxUnpoolOptions, "outputSize"> = {}) {
    super(1, kernelSize, options);
  }
}
