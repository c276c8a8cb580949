import { ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  asExtents,
  checkElements,
  checkFloat,
  checkOptionalTensor,
  checkSameDevice,
  checkShapeOf,
  type OptionRules,
  readOptions,
  showShape,
} from "@tapegrad/tensor/internal";
import { add, conv2dInputGrad, reshape } from "@tapegrad/tensor/ops";
import { asPair, checkChannels, checkFit, checkGroups, type Extents } from "../../checks/check-sizes.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";
import { type ConvolutionOptions, moveRules } from "./convolution.ts";
import { padBorder } from "./padding.ts";

/** Options of `convTranspose1d` and `convTranspose2d`. A number serves for all spatial axes alike; a list has one for each. */
export interface TransposedOptions extends Pick<ConvolutionOptions, "dilation" | "groups"> {
  /** How far the kernel moves over the output from one cell of the input to the next. @default 1 */
  readonly stride?: Extents;
  /** Cells that are cut off the output on every side. @default 0 */
  readonly padding?: Extents;
  /** Cells more at the end of each axis; less than stride or dilation. @default 0 */
  readonly outputPadding?: Extents;
}

export const transposedRules: OptionRules<TransposedOptions> = { ...moveRules, padding: [0], outputPadding: [0] };

/** How a kernel moves over the output of a transposed convolution, by a number for each axis. */
export type Moves = {
  readonly [Name in keyof TransposedOptions]-?: Name extends "groups" ? number : readonly number[];
};

/** Options with one number for each axis. @throws ValueError naming the function or layer. */
export function asMoves(
  caller: string,
  axes: number,
  { stride, padding, outputPadding, dilation, groups }: Required<TransposedOptions>,
): Moves {
  const moves = {
    stride: asExtents(caller, "stride", stride, axes, 1),
    padding: asExtents(caller, "padding", padding, axes, 0),
    outputPadding: asExtents(caller, "outputPadding", outputPadding, axes, 0),
    dilation: asExtents(caller, "dilation", dilation, axes, 1),
    groups,
  };
  for (const [axis, extra] of moves.outputPadding.entries()) {
    if (extra < Math.max(moves.stride[axis]!, moves.dilation[axis]!)) continue;
    throw new ValueError(`${caller}: outputPadding must be smaller than stride or dilation, got ${extra}`);
  }
  return moves;
}

/**
 * A transposed convolution of sequences for one axis, of images for two, named `convTranspose1d` and `convTranspose2d`.
 *
 * @throws ShapeError, ValueError or DTypeError as these.
 */
export function convTranspose(
  axes: 1 | 2,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: TransposedOptions,
): Tensor {
  const caller = `convTranspose${axes}d`;
  const moves = asMoves(caller, axes, readOptions(caller, options, transposedRules));
  checkFloat(caller, weight, "weight");
  const fit = weight.rank === axes + 2 && !weight.shape.includes(0);
  checkFit(caller, fit, `a weight of shape [in, out / groups, ${axes === 1 ? "k" : "kh, kw"}]`, weight.shape);
  return transposedFor(caller, input, weight, bias, moves);
}

/** A transposed convolution of sequences or images, which the weight tells, on behalf of a function or layer that errors shall name. */
export function transposedFor(
  caller: string,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  moves: Moves,
): Tensor {
  checkExamples(caller, input, weight.rank === 3 ? "sequences" : "images");
  checkOptionalTensor(caller, "bias", bias);
  checkSameDevice(caller, [input, weight, bias]);
  if (input.rank < weight.rank) {
    const output = transposedFor(caller, reshape(input, [1, ...input.shape]), weight, bias, moves);
    return reshape(output, output.shape.slice(1));
  }
  const [inChannels, groupChannels] = weight.shape as readonly [number, number];
  checkChannels(caller, input, inChannels);
  checkGroups(caller, { inChannels }, moves.groups);
  if (bias !== null) checkShapeOf(caller, "bias", bias.shape, [groupChannels * moves.groups]);
  if (weight.rank === 4) return ofImages(caller, input, weight, bias, moves);
  const { stride, padding, outputPadding, dilation, groups } = moves;
  return fromRows(
    ofImages(caller, asRows(input), asRows(weight), bias, {
      stride: [1, ...stride],
      padding: [0, ...padding],
      outputPadding: [0, ...outputPadding],
      dilation: [1, ...dilation],
      groups,
    }),
  );
}

function ofImages(
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
  checkElements(caller, [n!, outChannels, h!, w!]);
  const options = { stride: asPair(stride), padding: asPair(padding), dilation: asPair(dilation), groups };
  const output = conv2dInputGrad(cells, weight, [n!, outChannels, h!, w!], options);
  return bias === null ? output : add(output, reshape(bias, [outChannels, 1, 1]));
}
