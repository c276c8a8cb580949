import type { RowsAndColumns, Tensor } from "@tapegrad/tensor";
import { checkFloat, checkSameDevice } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { asPair, checkChannels, checkRank } from "../../checks/check-sizes.ts";
import { ConvTranspose, type ConvTransposeOptions, transposedFor } from "./conv-transpose.ts";

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

  /** @throws ShapeError if rank or channels are wrong, or the padding leaves nothing of the output. */
  forward(input: Tensor): Tensor {
    checkRank("ConvTranspose2d", input, ["n, c, h, w", "c, h, w"]);
    checkFloat("ConvTranspose2d", input, "input");
    checkSameDevice("ConvTranspose2d", [input, this.weight, this.bias]);
    if (input.rank === 3) {
      const output = this.forward(reshape(input, [1, ...input.shape]));
      return reshape(output, output.shape.slice(1));
    }
    checkChannels("ConvTranspose2d", input, this.inChannels);
    return transposedFor("ConvTranspose2d", input, this.weight, this.bias, {
      stride: asPair(this.stride),
      padding: asPair(this.padding),
      outputPadding: asPair(this.outputPadding),
      dilation: asPair(this.dilation),
      groups: this.groups,
    });
  }
}
