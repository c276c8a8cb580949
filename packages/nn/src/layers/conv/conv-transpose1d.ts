import type { Tensor } from "@tapegrad/tensor";
import { checkFloat, checkSameDevice } from "@tapegrad/tensor/internal";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { checkChannels, checkRank, type Extents } from "../../checks/check-sizes.ts";
import { asRows, fromRows } from "../as-rows.ts";
import { ConvTranspose, type ConvTransposeOptions, transposedFor } from "./conv-transpose.ts";

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

  /** @throws ShapeError if rank or channels are wrong, or the padding leaves nothing of the output. */
  forward(input: Tensor): Tensor {
    checkRank("ConvTranspose1d", input, ["n, c, l", "c, l"]);
    checkFloat("ConvTranspose1d", input, "input");
    checkSameDevice("ConvTranspose1d", [input, this.weight, this.bias]);
    if (input.rank === 2) {
      const output = this.forward(reshape(input, [1, ...input.shape]));
      return reshape(output, output.shape.slice(1));
    }
    checkChannels("ConvTranspose1d", input, this.inChannels);
    const rows = transposedFor("ConvTranspose1d", asRows(input), asRows(this.weight), this.bias, {
      stride: [1, this.stride[0]!],
      padding: [0, this.padding[0]!],
      outputPadding: [0, this.outputPadding[0]!],
      dilation: [1, this.dilation[0]!],
      groups: this.groups,
    });
    return fromRows(rows);
  }
}
