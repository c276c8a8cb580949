import type { Tensor } from "@tapegrad/tensor";
import type { Extents } from "../../checks/check-sizes.ts";
import { ConvTranspose, type ConvTransposeOptions } from "./conv-transpose.ts";
import { convTranspose, type TransposedOptions } from "./transposed.ts";

/**
 * Paints a kernel for every cell of sequences: what the gradient of `conv1d` does to its input.
 *
 * Shape: input `[n, c, l]`, weight `[c, o / groups, k]`, bias `[o] → [n, o, (l − 1)·stride − 2·padding + dilation·(k − 1) +
 * outputPadding + 1]`; without `n` alike.
 *
 * @throws ShapeError if shapes do not go together or the padding leaves nothing of the output. @throws ValueError if an option is
 *   not what it should be, or unknown. @throws DTypeError if a tensor is not float32.
 */
export function convTranspose1d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: TransposedOptions = {},
): Tensor {
  return convTranspose(1, input, weight, bias, options);
}

/**
 * Paints a learned kernel for every cell of a sequence: what the gradient of `Conv1d` does to its input.
 *
 * Shape: `[n, inChannels, l] → [n, outChannels, (l − 1)·stride − 2·padding + dilation·(k − 1) + outputPadding + 1]`;
 * without `n` alike. State: `weight` `[inChannels, outChannels / groups, k]`, `bias` `[outChannels]`; both are drawn from
 * U(±1/√fanIn), where torch takes outChannels / groups · k for the fan.
 */
export class ConvTranspose1d extends ConvTranspose {
  /**
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `outputPadding` is
   *   not smaller than stride or dilation, or an option is unknown.
   */
  constructor(inChannels: number, outChannels: number, kernelSize: Extents, options: ConvTransposeOptions = {}) {
    super(1, inChannels, outChannels, kernelSize, options);
  }
}
