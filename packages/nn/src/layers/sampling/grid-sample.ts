import type { Tensor } from "@tapegrad/tensor";
import { checkElements, checkFloats, oneOf, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import {
  abs,
  add,
  broadcastTo,
  cast,
  clamp,
  floor,
  gather,
  greater,
  greaterEqual,
  less,
  lessEqual,
  mul,
  reshape,
  round,
  slice,
  sub,
  where,
} from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";
import { type AffineGridOptions, alignRule } from "./affine-grid.ts";

/** Options of `gridSample`. */
export interface GridSampleOptions extends AffineGridOptions {
  /** The nearest pixel, the mean of four weighted by their nearness, or a cubic through sixteen. @default "bilinear" */
  readonly mode?: "bilinear" | "nearest" | "bicubic";
  /** What lies beyond the image: zeros, its outermost pixels, or its mirror image. @default "zeros" */
  readonly paddingMode?: "zeros" | "border" | "reflection";
}

const rules: OptionRules<GridSampleOptions> = {
  mode: ["bilinear", /* @__PURE__ */ oneOf("bilinear", "nearest", "bicubic")],
  paddingMode: ["zeros", /* @__PURE__ */ oneOf("zeros", "border", "reflection")],
  ...alignRule,
};

/**
 * Images sampled at the positions of a grid, whose last axis holds column and row, both from −1 to 1.
 *
 * Shape: input `[n, c, h, w]`, grid `[n, h′, w′, 2] → [n, c, h′, w′]`. The gradient goes to both.
 *
 * @throws ShapeError if the shapes do not fit or only the batch may be empty. @throws ValueError if an option is unknown.
 * @throws DTypeError of int32.
 * @see Jaderberg et al. 2015, https://arxiv.org/abs/1506.02025
 */
export function gridSample(input: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  checkFloats("gridSample", { input, grid });
  const { mode, paddingMode, alignCorners } = readOptions("gridSample", options, rules);
  const images = input.rank === 4 && !input.shape.slice(1).includes(0);
  const fit = images && grid.rank === 4 && grid.shape[0] === input.shape[0] && grid.shape[3] === 2;
  checkFit("gridSample", fit, "input [n, c, h, w] and grid [n, h′, w′, 2]", input.shape, grid.shape);
  const [n, c, h, w] = input.shape as readonly [number, number, number, number];
  const [, rows, columns] = grid.shape as readonly [number, number, number, number];
  checkElements("gridSample", [n, c, rows * columns]);
  const positions = reshape(grid, [n, 1, rows * columns, 2]);
  const along = (axis: 0 | 1, extent: number): Tensor =>
    pixels(reshape(slice(positions, 3, axis, axis + 1), [n, 1, rows * columns]), extent, alignCorners);
  const bounded = (position: Tensor, extent: number): Tensor => within(position, extent, paddingMode, alignCorners);
  const planes = reshape(input, [n, c, h * w]);
  const shape = [n, c, rows, columns];
  if (mode === "bicubic") {
    const pixel = (row: Tensor, column: Tensor): Tensor => pixelAt(planes, [h, w], bounded(row, h), bounded(column, w));
    const sampled = cubic(along(1, h), (row) => cubic(along(0, w), (column) => pixel(row, column)));
    return reshape(sampled, shape);
  }
  const [x, y] = [bounded(along(0, w), w), bounded(along(1, h), h)];
  if (mode === "nearest") return reshape(pixelAt(planes, [h, w], round(y), round(x)), shape);
  const [left, top] = [floor(x), floor(y)];
  const [right, bottom] = [add(left, 1), add(top, 1)];
  const corners: readonly (readonly [Tensor, Tensor, Tensor])[] = [
    [top, left, mul(sub(right, x), sub(bottom, y))],
    [top, right, mul(sub(x, left), sub(bottom, y))],
    [bottom, left, mul(sub(right, x), sub(y, top))],
    [bottom, right, mul(sub(x, left), sub(y, top))],
  ];
  const parts = corners.map(([row, column, weight]) => mul(pixelAt(planes, [h, w], row, column), weight));
  const sampled = parts.reduce((sum, part) => add(sum, part));
  return reshape(sampled, shape);
}

/** Positions from −1 to 1 as numbers of pixels. */
function pixels(position: Tensor, extent: number, alignCorners: boolean): Tensor {
  return alignCorners ? mul(add(position, 1), (extent - 1) / 2) : mul(sub(mul(add(position, 1), extent), 1), 0.5);
}

/** The cubic convolution of the four values around positions along an axis, with the coefficient −0.75. */
function cubic(position: Tensor, valueAt: (cell: Tensor) => Tensor): Tensor {
  const before = floor(position.detach());
  const t = sub(position, before);
  const near = (x: Tensor): Tensor => add(mul(mul(sub(mul(x, 1.25), 2.25), x), x), 1);
  const far = (x: Tensor): Tensor => add(mul(add(mul(add(mul(x, -0.75), 3.75), x), -6), x), 3);
  const rest = sub(1, t);
  const weights = [far(add(t, 1)), near(t), near(rest), far(add(rest, 1))];
  return weights.map((weight, i) => mul(valueAt(add(before, i - 1)), weight)).reduce((sum, part) => add(sum, part));
}

/** Positions beyond an axis moved into it, unless zeros are there. */
function within(
  position: Tensor,
  extent: number,
  paddingMode: "zeros" | "border" | "reflection",
  alignCorners: boolean,
): Tensor {
  if (paddingMode === "zeros") return position;
  const [low, high] = alignCorners ? [0, extent - 1] : [-0.5, extent - 0.5];
  const inside = paddingMode === "border" ? position : reflected(position, low, high - low);
  // The slope is 0 from the bounds on; that of clamp is 1 there.
  const last = extent - 1;
  return where(lessEqual(inside, 0), 0, where(greaterEqual(inside, last), last, inside));
}

/** Positions mirrored at both ends of an axis, as often as it takes. */
function reflected(position: Tensor, low: number, span: number): Tensor {
  if (span === 0) return mul(position, 0);
  const distance = abs(sub(position, low));
  const flips = floor(mul(distance, 1 / span));
  const extra = sub(distance, mul(flips, span));
  const odd = greater(sub(flips, mul(floor(mul(flips, 0.5)), 2)), 0.5);
  return add(where(odd, sub(span, extra), extra), low);
}

/** The pixels at whole positions, 0 beyond the image. */
function pixelAt(planes: Tensor, [h, w]: readonly [number, number], row: Tensor, column: Tensor): Tensor {
  const [n, c] = planes.shape as readonly [number, number, number];
  const inside = mul(mul(greaterEqual(row, 0), less(row, h)), mul(greaterEqual(column, 0), less(column, w)));
  const place = add(mul(clamp(row, { min: 0, max: h - 1 }), w), clamp(column, { min: 0, max: w - 1 }));
  const index = cast(where(inside, place.detach(), 0), "int32");
  const shape = [n, c, index.shape[2]!];
  return where(inside, gather(planes, 2, broadcastTo(index, shape)), 0);
}
