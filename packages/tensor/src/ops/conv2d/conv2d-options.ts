import { channelsLastHint, checkFit, checkInteger, refuseUnknownOptions, showValue } from "../../checks/index.ts";
import { type Shape, ShapeError, showShape, ValueError } from "../../core.ts";
import type { Conv2dGeometry, Pair } from "../../kernels/conv2d/geometry.ts";
import { asExtents, rowsAndColumns, type RowsAndColumns } from "../internal/rows-and-columns.ts";

/** How a kernel moves over an image. */
export interface Conv2dOptions {
  /** Distance between positions of the kernel. @default 1 */
  readonly stride?: RowsAndColumns;
  /**
   * Zeros added on each side; `"same"` adds as many as keep the size at stride 1, an odd one on the right and bottom;
   * `"valid"` none. @default 0
   */
  readonly padding?: RowsAndColumns | "same" | "valid";
  /** Distance between the taps of the kernel. @default 1 */
  readonly dilation?: RowsAndColumns;
  /** Groups of channels, convolved apart. As many as input channels make a depthwise convolution. @default 1 */
  readonly groups?: number;
}

/**
 * The geometry of a convolution of `input [n, c, h, w]` with `weight [o, c / groups, kh, kw]`.
 *
 * @throws ShapeError or ValueError, naming `op`, if there is none.
 */
export function conv2dGeometry(op: string, input: Shape, weight: Shape, options: Conv2dOptions): Conv2dGeometry {
  refuseUnknownOptions(op, options, ["stride", "padding", "dilation", "groups"]);
  const { stride: step = 1, padding = 0, dilation: distance = 1, groups = 1 } = options;
  const stride = rowsAndColumns(op, "stride", step, 1);
  const dilation = rowsAndColumns(op, "dilation", distance, 1);
  checkInteger(op, "groups", groups, 1);
  checkFit(op, weight.length === 4, "a weight of shape [out, in / groups, kh, kw]", weight);
  const [images, inChannels, outChannels, groupChannels] = [input[0]!, input[1]!, weight[0]!, weight[1]!];
  const [extent, kernel]: readonly [Pair, Pair] = [
    [input[2]!, input[3]!],
    [weight[2]!, weight[3]!],
  ];
  if (groupChannels * groups !== inChannels) {
    throw new ShapeError(
      `${op}: input ${showShape(input)} has ${inChannels} channels but weight ${showShape(weight)} expects ` +
        `${groupChannels * groups} in ${groups} ${groups === 1 ? "group" : "groups"}${channelsLastHint(input, groupChannels * groups)}`,
    );
  }
  if (outChannels % groups !== 0)
    throw new ShapeError(`${op}: ${outChannels} output channels cannot be divided into ${groups} groups`);
  if (inChannels === 0 || extent.includes(0) || kernel.includes(0)) {
    throw new ShapeError(
      `${op}: only the batch may be empty, got input ${showShape(input)} and weight ${showShape(weight)}`,
    );
  }
  const [rows, columns] = cellsAround(op, padding, kernel, dilation, stride);
  const reach: Pair = [dilation[0] * (kernel[0] - 1) + 1, dilation[1] * (kernel[1] - 1) + 1];
  const padded: Pair = [extent[0] + rows![0] + rows![1], extent[1] + columns![0] + columns![1]];
  if (padded[0] < reach[0] || padded[1] < reach[1]) {
    throw new ShapeError(
      `${op}: the kernel reaches over ${reach.join(" × ")} but the padded input is only ${padded.join(" × ")}`,
    );
  }
  const output: Pair = [
    Math.floor((padded[0] - reach[0]) / stride[0]) + 1,
    Math.floor((padded[1] - reach[1]) / stride[1]) + 1,
  ];
  const before: Pair = [rows![0], columns![0]];
  return { images, inChannels, outChannels, groups, input: extent, output, kernel, stride, dilation, padding: before };
}

/**
 * For each axis, how many cells a convolution finds before and after its input.
 *
 * @throws ValueError, naming `op`, if the padding is unknown, or `"same"` meets a stride.
 */
export function cellsAround(
  op: string,
  padding: number | readonly number[] | "same" | "valid",
  kernel: readonly number[],
  dilation: readonly number[],
  stride: readonly number[],
): readonly Pair[] {
  if (padding === "valid") return kernel.map(() => [0, 0]);
  if (padding === "same") {
    if (stride.some((step) => step !== 1))
      throw new ValueError(
        `${op}: padding "same" is not supported for strided convolutions, got stride ${stride.join(" × ")}`,
      );
    return kernel.map((extent, axis) => {
      const total = dilation[axis]! * (extent - 1);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  if (typeof padding === "string")
    throw new ValueError(`${op}: invalid padding string ${showValue(padding)}, should be "valid" or "same"`);
  return asExtents(op, "padding", padding, kernel.length, 0).map((cells) => [cells, cells]);
}
