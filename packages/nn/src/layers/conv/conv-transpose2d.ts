import { type RowsAndColumns, type Shape, ShapeError, sizeOf, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkElements,
  checkFloat,
  checkSameDevice,
  integerFrom,
  readOptions,
  showShape,
} from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { conv2dInputGrad } from "@tapegrad/tensor/ops/conv2d-input-grad";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { asExtents, asPair, checkChannels, checkGroups, checkRank, checkSizes } from "../../checks/check-sizes.ts";
import { resetWeightAndBias } from "../../init/reset-weight-and-bias.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { padBorder } from "./padding.ts";

/** Options of `ConvTranspose2d`. */
export interface ConvTranspose2dOptions {
  /** How far the kernel moves over the output from one input pixel to the next. @default 1 */
  readonly stride?: RowsAndColumns;
  /** Rows and columns that are cut off the output on every side. @default 0 */
  readonly padding?: RowsAndColumns;
  /** Rows and columns more at the bottom and right; less than stride or dilation. @default 0 */
  readonly outputPadding?: RowsAndColumns;
  /** Distance of neighbouring cells of the kernel. @default 1 */
  readonly dilation?: RowsAndColumns;
  /** Parts into which the channels are divided; each output sees only the inputs of its part. @default 1 */
  readonly groups?: number;
  /** Whether each output channel has a bias. @default true */
  readonly bias?: boolean;
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
export class ConvTranspose2d extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly outputPadding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /**
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `outputPadding` is
   *   not smaller than stride or dilation, or an option is unknown.
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: RowsAndColumns,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    const { stride, padding, outputPadding, dilation, groups, bias } = readOptions("ConvTranspose2d", options, {
      stride: [1],
      padding: [0],
      outputPadding: [0],
      dilation: [1],
      groups: [1, integerFrom(1)],
      bias: [true, checkBoolean],
    });
    checkSizes("ConvTranspose2d", { inChannels, outChannels });
    checkGroups("ConvTranspose2d", { inChannels, outChannels }, groups);
    const pair = (name: string, value: RowsAndColumns, least: number): readonly [number, number] =>
      asPair(asExtents("ConvTranspose2d", name, value, 2, least));
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pair("kernelSize", kernelSize, 1);
    this.stride = pair("stride", stride, 1);
    this.padding = pair("padding", padding, 0);
    this.outputPadding = pair("outputPadding", outputPadding, 0);
    this.dilation = pair("dilation", dilation, 1);
    this.groups = groups;
    for (const [axis, extra] of this.outputPadding.entries()) {
      if (extra < Math.max(this.stride[axis]!, this.dilation[axis]!)) continue;
      throw new ValueError(`ConvTranspose2d: outputPadding must be smaller than stride or dilation, got ${extra}`);
    }
    const shape = [inChannels, outChannels / groups, ...this.kernelSize];
    checkElements("ConvTranspose2d", shape);
    this.weight = new Parameter(zeros(shape));
    this.bias = bias ? new Parameter(zeros([outChannels])) : null;
    this.resetParameters();
  }

  /** Draws weight and bias anew. */
  resetParameters(): void {
    resetWeightAndBias(this.weight, this.bias);
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, outputPadding, groups } = this;
    const options = { kernelSize, stride, padding, dilation, outputPadding, groups, bias: this.bias !== null };
    const usual = { padding: 0, dilation: 1, outputPadding: 0, groups: 1, bias: true };
    return `${inChannels}, ${outChannels}, ${optionsText(options, usual)}`;
  }

  override multiplyAdds(input: Shape): number {
    return (sizeOf(input) * this.weight.size) / this.inChannels;
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
    const { weight, bias, stride, padding, outputPadding, dilation, groups } = this;
    // Output padding of a stride and more, which dilation allows, is where further cells of the input would reach: they are 0.
    const spare = outputPadding.map((extra, axis): [number, number] => [0, Math.floor(extra / stride[axis]!)]);
    const cells = spare.every(([, after]) => after === 0) ? input : padBorder(input, spare);
    const output = conv2dInputGrad(cells, weight, this.#outputShape(input.shape), {
      stride,
      padding,
      dilation,
      groups,
    });
    return bias === null ? output : add(output, reshape(bias, [this.outChannels, 1, 1]));
  }

  #outputShape([n, , ...extents]: Shape): [number, number, number, number] {
    const [h, w] = extents.map((extent, axis) => {
      const reach = this.dilation[axis]! * (this.kernelSize[axis]! - 1) + 1;
      return (extent - 1) * this.stride[axis]! - 2 * this.padding[axis]! + reach + this.outputPadding[axis]!;
    });
    if (h! < 1 || w! < 1) {
      throw new ShapeError(
        `ConvTranspose2d: the padding leaves an output of ${h} × ${w} for input of ${showShape(extents)}`,
      );
    }
    return [n!, this.outChannels, h!, w!];
  }
}
