import { type Shape, ShapeError, sizeOf, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { checkBoolean, checkElements, integerFrom, readOptions, showShape } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { conv2dInputGrad } from "@tapegrad/tensor/ops/conv2d-input-grad";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { asExtents, checkGroups, checkSizes, type Extents } from "../../checks/check-sizes.ts";
import { resetWeightAndBias } from "../../init/reset-weight-and-bias.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { Parameter } from "../../module/parameter.ts";
import { padBorder } from "./padding.ts";

/** Options of transposed convolutions. A number serves for all spatial axes alike; a list has one for each. */
export interface ConvTransposeOptions {
  /** How far the kernel moves over the output from one cell of the input to the next. @default 1 */
  readonly stride?: Extents;
  /** Cells that are cut off the output on every side. @default 0 */
  readonly padding?: Extents;
  /** Cells more at the end of each axis; less than stride or dilation. @default 0 */
  readonly outputPadding?: Extents;
  /** Distance of neighbouring cells of the kernel. @default 1 */
  readonly dilation?: Extents;
  /** Parts into which the channels are divided; each output sees only the inputs of its part. @default 1 */
  readonly groups?: number;
  /** Whether each output channel has a bias. @default true */
  readonly bias?: boolean;
}

/** How a kernel moves over the output of a transposed convolution of images. */
interface Moves {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly outputPadding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** A transposed convolution of images `[n, c, h, w]`, on behalf of a function or layer that errors shall name. */
export function transposedFor(
  caller: string,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { stride, padding, outputPadding, dilation, groups }: Moves,
): Tensor {
  const [n, , ...extents] = input.shape;
  const [h, w] = extents.map((extent, axis) => {
    const reach = dilation[axis]! * (weight.shape[2 + axis]! - 1) + 1;
    return (extent - 1) * stride[axis]! - 2 * padding[axis]! + reach + outputPadding[axis]!;
  });
  if (h! < 1 || w! < 1)
    throw new ShapeError(`${caller}: the padding leaves an output of ${h} × ${w} for input of ${showShape(extents)}`);
  // Output padding of a stride and more, which dilation allows, is where further cells of the input would reach: they are 0.
  const spare = outputPadding.map((extra, axis): [number, number] => [0, Math.floor(extra / stride[axis]!)]);
  const cells = spare.every(([, after]) => after === 0) ? input : padBorder(input, spare);
  const outChannels = weight.shape[1]! * groups;
  const options = { stride, padding, dilation, groups };
  const output = conv2dInputGrad(cells, weight, [n!, outChannels, h!, w!], options);
  return bias === null ? output : add(output, reshape(bias, [outChannels, 1, 1]));
}

/** What `ConvTranspose1d` and `ConvTranspose2d` share: their options, state and initialisation. */
export abstract class ConvTranspose extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /**
   * @param axes number of spatial axes.
   * @throws ValueError if a size is not a positive integer, `groups` does not divide the channels, `outputPadding` is
   *   not smaller than stride or dilation, or an option is unknown.
   */
  constructor(
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Extents,
    options: ConvTransposeOptions = {},
  ) {
    super();
    const layer = this.constructor.name;
    checkSizes(layer, { inChannels, outChannels });
    const { groups, bias, ...moves } = readMoves(layer, axes, options);
    checkGroups(layer, { inChannels, outChannels }, groups);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = asExtents(layer, "kernelSize", kernelSize, axes, 1);
    this.stride = moves.stride;
    this.padding = moves.padding;
    this.outputPadding = moves.outputPadding;
    this.dilation = moves.dilation;
    this.groups = groups;
    const shape = [inChannels, outChannels / groups, ...this.kernelSize];
    checkElements(layer, shape);
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
}

/** Options with one number for each axis. @throws ValueError naming the layer. */
function readMoves(
  layer: string,
  axes: number,
  options: ConvTransposeOptions,
): Readonly<Record<"stride" | "padding" | "outputPadding" | "dilation", readonly number[]>> & {
  readonly groups: number;
  readonly bias: boolean;
} {
  const { stride, padding, outputPadding, dilation, groups, bias } = readOptions(layer, options, {
    stride: [1],
    padding: [0],
    outputPadding: [0],
    dilation: [1],
    groups: [1, integerFrom(1)],
    bias: [true, checkBoolean],
  });
  const moves = {
    stride: asExtents(layer, "stride", stride, axes, 1),
    padding: asExtents(layer, "padding", padding, axes, 0),
    outputPadding: asExtents(layer, "outputPadding", outputPadding, axes, 0),
    dilation: asExtents(layer, "dilation", dilation, axes, 1),
  };
  for (const [axis, extra] of moves.outputPadding.entries()) {
    if (extra < Math.max(moves.stride[axis]!, moves.dilation[axis]!)) continue;
    throw new ValueError(`${layer}: outputPadding must be smaller than stride or dilation, got ${extra}`);
  }
  return { ...moves, groups, bias };
}
