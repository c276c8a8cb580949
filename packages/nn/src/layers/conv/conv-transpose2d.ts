import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import { ConvTranspose, type ConvTransposeOptions } from "./conv-transpose.ts";
import { convTranspose, type TransposedOptions } from "./transposed.ts";

/**
 * Paints a kernel for every pixel of images: what the gradient of `conv2d` does to its input.
 *
 * Shape: input `[n, c, h, w]`, weight `[c, o / groups, kh, kw]`, bias `[o] → [n, o, (h − 1)·stride − 2·padding + dilation·(k − 1) +
 * outputPadding + 1, …]`; without `n` alike.
 *
 * @throws ShapeError if shapes do not go together or the padding leaves nothing of the output. @throws ValueError if an option is
 *   not what it should be, or unknown. @throws DTypeError if a tensor is not float32.
 * @see Zeiler et al. 2010, https://doi.org/10.1109/CVPR.2010.5539957
 */
export function convTranspose2d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedOptions = {},
): Tensor {
  return convTranspose(2, input, weight, bias, options);
}

/**
 * Paints a learned kernel for every pixel of the input: what the gradient of `Conv2d` does to its input.
 *
 * Shape: `[n, inChannels, h, w] → [n, outChannels, (h − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1,
 * …]`; without `n` alike. State: `weight` `[inChannels, outChannels / groups, kh, kw]`, `bias` `[outChannels]`; both
 * are drawn from U(±1/√fanIn), where torch takes outChannels / groups · kh · kw for the fan.
 *
 * @see Zeiler et al. 2010, https://doi.org/10.1109/CVPR.2010.5539957
 */
export class ConvTranspose2d extends ConvTranspose {
  /**
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `outputPadding` is
   *   not smaller than stride or dilation, or an option is unknown.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: RowsAndColumns, options: ConvTransposeOptions = {}) {
    super(2, inChannels, outChannels, kernelSize, options);
  }
}
