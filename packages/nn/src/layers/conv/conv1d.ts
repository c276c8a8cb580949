import type { Tensor } from "@tapegrad/tensor";
import { conv2dFor } from "@tapegrad/tensor/ops/conv2d";
import { checkChannels, checkRank, type Extents } from "../../checks/check-sizes.ts";
import { asRows, fromRows } from "../as-rows.ts";
import { Convolution, type ConvolutionOptions } from "./convolution.ts";

/**
 * Slides a learned kernel along a sequence: a `Conv2d` on images of one row.
 *
 * `y[n, o, i] = b[o] + Σ w[o, c, k] · x[n, c, i·stride + k·dilation − padding]`
 *
 * Shape: `[n, inChannels, l] → [n, outChannels, ⌊(l + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1]`; without `n`
 * alike. State: `weight` `[outChannels, inChannels / groups, k]`, `bias` `[outChannels]`; both are drawn from
 * U(±1/√fanIn), fanIn = inChannels / groups · k.
 */
export class Conv1d extends Convolution {
  /**
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `"same"` meets a
   *   stride, or an option or its value is unknown.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvolutionOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }

  /** @throws ShapeError if the input has other than `inChannels` channels or is shorter than the kernel. */
  forward(sequence: Tensor): Tensor {
    checkRank("Conv1d", sequence, ["n, c, l", "c, l"]);
    checkChannels("Conv1d", sequence, this.inChannels, sequence.rank - 2);
    const { input, padding } = this.bordered(sequence);
    const rows = conv2dFor("Conv1d", asRows(input), asRows(this.weight), this.bias, {
      stride: [1, this.stride[0]!],
      padding: typeof padding === "string" ? padding : [0, padding[0]!],
      dilation: [1, this.dilation[0]!],
      groups: this.groups,
    });
    return fromRows(rows);
  }
}
