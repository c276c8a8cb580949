import { checkBoolean, checkFit, checkFloats } from "../../checks/index.ts";
import { type Shape, ShapeError, showShape, sizeOf, type Tensor, ValueError } from "../../core.ts";
import type { PoolWindows } from "../../kernels/pool2d/max-pool2d.ts";
import { rowsAndColumns, type RowsAndColumns } from "../internal/rows-and-columns.ts";

/** Where the windows of a pooling lie. */
export interface PoolOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: RowsAndColumns | null;
  /** Rows and columns around the image; at most half a window. @default 0 */
  readonly padding?: RowsAndColumns;
  /** Whether a last window counts that begins inside but reaches out of the padded image. @default false */
  readonly ceilMode?: boolean;
}

/**
 * The windows of a pooling. Along an axis of extent h there are `⌊(h + 2p − d(k − 1) − 1) / s⌋ + 1`; with `ceilMode` the
 * quotient is rounded up, but no window begins behind the image.
 *
 * @throws ShapeError, ValueError or DTypeError, naming `op`.
 */
export function poolWindows(
  op: string,
  x: Tensor,
  kernelSize: RowsAndColumns,
  options: PoolOptions & { readonly dilation?: RowsAndColumns },
): PoolWindows {
  checkImages(op, x);
  const { stride: step, padding: border = 0, dilation: distance = 1, ceilMode = false } = options;
  checkBoolean(op, "ceilMode", ceilMode);
  const kernel = rowsAndColumns(op, "kernelSize", kernelSize, 1);
  const stride = rowsAndColumns(op, "stride", step ?? kernelSize, 1);
  const padding = rowsAndColumns(op, "padding", border, 0);
  const dilation = rowsAndColumns(op, "dilation", distance, 1);
  const input = [x.shape.at(-2)!, x.shape.at(-1)!] as const;
  if (padding.some((amount, axis) => 2 * amount > kernel[axis]!)) {
    throw new ValueError(
      `${op}: padding must be at most half of the kernel size, got ${padding.join(" × ")} for a kernel of ${kernel.join(" × ")}`,
    );
  }
  const count = (axis: 0 | 1): number => {
    const spare = input[axis] + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1;
    if (!ceilMode) return Math.floor(spare / stride[axis]) + 1;
    const windows = Math.ceil(spare / stride[axis]) + 1;
    return (windows - 1) * stride[axis] >= input[axis] + padding[axis] ? windows - 1 : windows;
  };
  const output = [count(0), count(1)] as const;
  if (output[0] < 1 || output[1] < 1) {
    throw new ShapeError(
      `${op}: input ${showShape(x.shape)} is too small for a kernel of ${kernel.join(" × ")}: the output would be ${output.join(" × ")}`,
    );
  }
  return { planes: sizeOf(x.shape.slice(0, -2)), input, output, kernel, stride, padding, dilation };
}

/** The shape of a tensor, with other rows and columns. */
export function withPlanes(shape: Shape, extent: readonly [number, number]): Shape {
  return [...shape.slice(0, -2), ...extent];
}

/** @throws ShapeError unless `x` is `[n, c, h, w]` or `[c, h, w]`, with nothing but the batch empty. @throws DTypeError of int32. */
export function checkImages(op: string, x: Tensor): void {
  checkFloats(op, { input: x });
  const fit = (x.rank === 3 || x.rank === 4) && !x.shape.slice(-3).includes(0);
  checkFit(op, fit, "an input of shape [n, c, h, w] or [c, h, w], of which only n may be 0", x.shape);
}
