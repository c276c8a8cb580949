import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import { checkBoolean, orNull, readOptions } from "@tapegrad/tensor/internal";
import { maxPool2d, type MaxPool2dOptions, maxPool2dWithIndices } from "@tapegrad/tensor/ops";
import { checkPair } from "../../checks/check-sizes.ts";
import { ShownLayer } from "../../module/shown-layer.ts";

/**
 * The largest value in each window.
 *
 * Shape: `[n, c, h, w] → [n, c, ⌊(h + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1, …]`; without `n` alike. The
 * first of equal values takes the gradient; NaN wins over all.
 */
export class MaxPool2d extends ShownLayer {
  readonly kernelSize: RowsAndColumns;
  readonly stride: RowsAndColumns;
  readonly padding: RowsAndColumns;
  readonly dilation: RowsAndColumns;
  readonly ceilMode: boolean;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: RowsAndColumns, options: MaxPool2dOptions = {}) {
    super();
    checkPair(1)("MaxPool2d", "kernelSize", kernelSize);
    const { stride, padding, dilation, ceilMode } = readOptions("MaxPool2d", options, {
      stride: [null, orNull(checkPair(1))],
      padding: [0, checkPair(0)],
      dilation: [1, checkPair(1)],
      ceilMode: [false, checkBoolean],
    });
    this.kernelSize = kernelSize;
    this.stride = stride ?? kernelSize;
    this.padding = padding;
    this.dilation = dilation;
    this.ceilMode = ceilMode;
  }

  forward(input: Tensor): Tensor {
    return maxPool2d(input, this.kernelSize, this.#options());
  }

  /** Also says where each maximum was: its index in `h·w` (torch: `return_indices=True`). */
  forwardWithIndices(input: Tensor): readonly [values: Tensor, indices: Tensor] {
    return maxPool2dWithIndices(input, this.kernelSize, this.#options());
  }

  #options(): Required<MaxPool2dOptions> {
    const { stride, padding, dilation, ceilMode } = this;
    return { stride, padding, dilation, ceilMode };
  }
}
