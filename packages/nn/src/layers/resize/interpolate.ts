import { type RowsAndColumns, ShapeError, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkElements,
  checkFloat,
  checkTensor,
  oneOf,
  pickGrid,
  readOptions,
  showShape,
  showValue,
} from "@tapegrad/tensor/internal";
import { add, clone, indexSelect, mul, sub } from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";

/** How an image is resized. Exactly one of `size` and `scaleFactor` is given. */
export interface InterpolateOptions {
  /** Height and width of the output. */
  readonly size?: RowsAndColumns | null;
  /** Factor on height and width; the result is rounded down. */
  readonly scaleFactor?: RowsAndColumns | null;
  /** The nearest pixel, or the mean of four weighted by their nearness. @default "nearest" */
  readonly mode?: "nearest" | "bilinear";
  /**
   * Whether the centres of the corner pixels stay at the corners, rather than their edges; bilinear only.
   *
   * @default false
   */
  readonly alignCorners?: boolean;
  /**
   * Whether positions follow from the sizes, as if the size of the output had been given, instead of from `scaleFactor`: the
   * two differ where that leads to a size which is rounded down.
   *
   * @default false
   */
  readonly recomputeScaleFactor?: boolean;
}

/**
 * Resizes images.
 *
 * Shape: `[n, c, h, w] → [n, c, …size]`. A pixel `i` of the output lies at `(i + ½) · in / out − ½` of the input, or,
 * with `alignCorners`, at `i · (in − 1) / (out − 1)`; `nearest` takes pixel `⌊i · in / out⌋`, as in torch. Where
 * `scaleFactor` is given, its inverse stands for `in / out`, unless `recomputeScaleFactor`. But an axis that comes out as long
 * as it was stays as it is, whatever the factor, and one that comes out twice as long has each pixel of `nearest` twice.
 * Gradients go where the values came from; those of torch's `nearest` go elsewhere where several channels grow by a factor.
 *
 * @throws ShapeError if the input has not four axes. @throws DTypeError if an int32 input is to be interpolated bilinearly.
 * @throws ValueError if an option is out of range.
 */
export function interpolate(input: Tensor, options: InterpolateOptions): Tensor {
  return interpolateFor("interpolate", input, options);
}

/** `interpolate`, on behalf of a function or layer that errors shall name. */
export function interpolateFor(caller: string, input: Tensor, options: InterpolateOptions): Tensor {
  checkTensor(caller, input, "input");
  const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = readInterpolateOptions(caller, options);
  checkFit(caller, input.rank === 4, "input [n, c, h, w]", input.shape);
  if (mode === "bilinear") checkFloat(caller, input, "input");
  const shape = [...input.shape];
  const nearest: Int32Array[] = [];
  let output = input;
  for (const axis of [0, 1] as const) {
    const extent = input.shape[2 + axis]!;
    const factor = scaleFactor === null ? null : bothOf(scaleFactor)![axis]!;
    const target = factor === null ? bothOf(size)![axis]! : Math.floor(extent * factor);
    if (extent === 0 || target < 1) {
      throw new ShapeError(
        `${caller}: cannot resize an axis of ${extent} to ${target} in input ${showShape(input.shape)}`,
      );
    }
    shape[2 + axis] = target;
    checkElements(caller, shape.slice(0, 3 + axis));
    // Where an axis keeps its length or doubles, torch looks at the lengths instead, but for nearest neighbours in images of
    // several channels.
    const byFactor = factor !== null && factor !== 1 && !recomputeScaleFactor;
    const byLength = !byFactor || mode === "bilinear" || input.shape[1] === 1;
    if (target === extent && byLength) continue;
    const doubled = target === 2 * extent && byLength;
    const step = byFactor && !(doubled && mode === "nearest") ? 1 / factor : extent / target;
    if (mode === "nearest") nearest[axis] = nearestCells(extent, target, step);
    else {
      const positions = alignCorners ? cornerPositions(extent, target) : centrePositions(target, step);
      output = linearAlong(output, 2 + axis, target, positions);
    }
  }
  if (nearest.length > 0) {
    const [rows, columns] = [0, 1].map(
      (axis) => nearest[axis] ?? nearestCells(input.shape[2 + axis]!, input.shape[2 + axis]!, 1),
    );
    return pickGrid(input, 2, rows!, columns!, shape);
  }
  return output === input ? clone(input) : output;
}

/** @throws ValueError naming the layer if the options do not say how to resize. */
export function readInterpolateOptions(layer: string, options: InterpolateOptions): Required<InterpolateOptions> {
  const read = readOptions(layer, options, {
    size: [null],
    scaleFactor: [null],
    mode: ["nearest", oneOf("nearest", "bilinear")],
    alignCorners: [false, checkBoolean],
    recomputeScaleFactor: [false, checkBoolean],
  });
  const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = read;
  if ((size === null) === (scaleFactor === null)) throw new ValueError(`${layer}: give either size or scaleFactor`);
  if (recomputeScaleFactor && size !== null)
    throw new ValueError(`${layer}: recomputeScaleFactor goes with scaleFactor, not with size`);
  if (alignCorners && mode === "nearest") throw new ValueError(`${layer}: alignCorners goes with mode "bilinear" only`);
  const both = bothOf(size ?? 1);
  if (!both?.every((extent) => Number.isInteger(extent) && extent > 0)) {
    throw new ValueError(`${layer}: size must be a positive integer, or two, [h, w], got ${showValue(size)}`);
  }
  const factors = bothOf(scaleFactor ?? 1);
  if (!factors?.every((factor) => Number.isFinite(factor) && factor > 0)) {
    throw new ValueError(
      `${layer}: scaleFactor must be a positive number, or two, [h, w], got ${showValue(scaleFactor)}`,
    );
  }
  return read;
}

/** Both numbers of a pair; null if it is none. */
function bothOf(pair: unknown): readonly number[] | null {
  if (typeof pair === "number") return [pair, pair];
  return Array.isArray(pair) && pair.length === 2 ? pair : null;
}

/** For each cell of the result, the one that it is. Rounded to float32 as torch does, which decides where a position falls on a whole number. */
function nearestCells(extent: number, target: number, step: number): Int32Array {
  return Int32Array.from({ length: target }, (_, i) =>
    Math.min(Math.floor(Math.fround(i * Math.fround(step))), extent - 1),
  );
}

/** Every value lies between two cells of the axis and is nearer to one of them. */
function linearAlong(input: Tensor, dim: number, target: number, positions: readonly number[]): Tensor {
  const last = input.shape[dim]! - 1;
  const lower = Int32Array.from(positions, (position) => Math.min(Math.floor(position), last));
  const upper = lower.map((cell) => Math.min(cell + 1, last));
  const { device } = input;
  const nearness = tensor(
    Float32Array.from(positions, (position, i) => position - lower[i]!),
    { shape: [target, ...Array.from({ length: input.rank - 1 - dim }, () => 1)], device },
  );
  const from = indexSelect(input, dim, tensor(lower, { device }));
  const to = indexSelect(input, dim, tensor(upper, { device }));
  return add(from, mul(sub(to, from), nearness));
}

function cornerPositions(extent: number, target: number): number[] {
  const step = target > 1 ? (extent - 1) / (target - 1) : 0;
  return Array.from({ length: target }, (_, i) => i * step);
}

function centrePositions(target: number, step: number): number[] {
  return Array.from({ length: target }, (_, i) => Math.max(0, (i + 0.5) * step - 0.5));
}
