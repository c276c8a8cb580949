import type { Tensor } from "@tapegrad/tensor";
import { conv2d } from "@tapegrad/tensor/ops";
import { asPair, type Extents } from "../../checks/check-sizes.ts";
import { Convolution, type ConvolutionOptions } from "./convolution.ts";

/**
 * Slides a learned kernel over the rows and columns of an image (cross-correlation, as in torch).
 *
 * `y[n, o, i, j] = b[o] + Σ w[o, c, k, l] · x[n, c, i·stride + k·dilation − padding, …]`
 *
 * Shape: `[n, inChannels, h, w] → [n, outChannels, ⌊(h + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1, …]`;
 * without `n` alike. State: `weight` `[outChannels, inChannels / groups, kh, kw]`, `bias` `[outChannels]`; both are
 * drawn from U(±1/√fanIn), fanIn = inChannels / groups · kh · kw.
 */
export class Conv2d extends Convolution {
  /**
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `"same"` meets a
   *   stride, or an option or its value is unknown.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvolutionOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }

  /** @throws ShapeError if the input has other than `inChannels` channels or is smaller than the kernel. */
  forward(image: Tensor): Tensor {
    const { input, padding } = this.bordered(image);
    return conv2d(input, this.weight, this.bias, {
      stride: asPair(this.stride),
      padding: typeof padding === "string" ? padding : asPair(padding),
      dilation: asPair(this.dilation),
      groups: this.groups,
    });
  }
}
