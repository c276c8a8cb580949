import type { Tensor } from "@tapegrad/tensor";
import { asExtents, checkElements, checkFloat, conv2dFor, readOptions } from "@tapegrad/tensor/internal";
import { checkChannels, checkFit, checkRank, type Extents } from "../../checks/check-sizes.ts";
import { asRows, fromRows } from "../examples.ts";
import { Convolution, type ConvolutionOptions, moveRules } from "./convolution.ts";

/** Options of `conv1d`; zeros stand in the padding. */
export type Conv1dOptions = Omit<ConvolutionOptions, "bias" | "paddingMode">;

/**
 * Slides kernels along sequences (cross-correlation, as in torch).
 *
 * `y[n, o, i] = bias[o] + Σ weight[o, c, k] · x[n, c, i·stride + k·dilation − padding]`
 *
 * Shape: `x [n, c, l]`, `weight [o, c / groups, k]`, `bias [o] → [n, o, ⌊(l + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1]`;
 * without `n` alike.
 *
 * @throws ShapeError if shapes do not go together or the kernel reaches beyond the padded sequence. @throws ValueError if an option
 *   is not what it should be, or unknown. @throws DTypeError if a tensor is not float32.
 */
export function conv1d(input: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv1dOptions = {}): Tensor {
  checkRank("conv1d", input, ["n, c, l", "c, l"]);
  checkFloat("conv1d", weight, "weight");
  const { stride, padding, dilation, groups } = readOptions<Conv1dOptions>("conv1d", options, moveRules);
  checkFit("conv1d", weight.rank === 3, "a weight of shape [out, in / groups, k]", weight.shape);
  checkChannels("conv1d", input, weight.shape[1]! * groups, input.rank - 2);
  return alongRows("conv1d", input, weight, bias, {
    stride: asExtents("conv1d", "stride", stride, 1, 1),
    padding: typeof padding === "string" ? padding : asExtents("conv1d", "padding", padding, 1, 0),
    dilation: asExtents("conv1d", "dilation", dilation, 1, 1),
    groups,
  });
}

/** How a kernel moves along a sequence, each a list of one number. */
type Moves = Pick<Conv1d, "stride" | "padding" | "dilation" | "groups">;

/** A convolution of sequences as one of images of one row. */
function alongRows(
  caller: string,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride, padding, dilation, groups }: Moves,
): Tensor {
  if (typeof padding !== "string") {
    const reach = dilation[0]! * (weight.shape[2]! - 1) + 1;
    const length = Math.floor((input.shape.at(-1)! + 2 * padding[0]! - reach) / stride[0]!) + 1;
    checkElements(caller, [...input.shape.slice(0, -2), weight.shape[0]!, Math.max(length, 0)]);
  }
  const rows = conv2dFor(caller, asRows(input), asRows(weight), bias, {
    stride: [1, stride[0]!],
    padding: typeof padding === "string" ? padding : [0, padding[0]!],
    dilation: [1, dilation[0]!],
    groups,
  });
  return fromRows(rows);
}

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
    const { stride, dilation, groups } = this;
    return alongRows("Conv1d", input, this.weight, this.bias, { stride, padding, dilation, groups });
  }
}
