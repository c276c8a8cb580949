import { broadcastShapes, checkNumber, checkSameDevice, checkTensor, orNull, readOptions } from "../../checks/index.ts";
import { ShapeError, showShape, type Tensor, ValueError } from "../../core.ts";
import { add, cast, cumsum, mul, reshape, slice, sub, sum } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/** Options of `trapezoid` and `cumulativeTrapezoid`. */
export interface TrapezoidOptions {
  /** Where the values of `y` stand: a list for the axis, or a tensor that broadcasts with `y`; null for equal distances. @default null */
  readonly x?: Tensor | null;
  /** The distance of neighbours, where `x` does not say it. @default 1 */
  readonly dx?: number;
  /** The axis. @default -1 */
  readonly dim?: number;
}

/**
 * The integral along an axis by the trapezoidal rule: Σ (y[k] + y[k + 1])/2 · (x[k + 1] − x[k]).
 *
 * @throws IndexError if `y` is a scalar, or the axis does not exist. @throws ShapeError if `x` does not fit. @throws ValueError if both
 *   `x` and `dx` are given.
 */
export function trapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const [areas, axis] = trapezoids("trapezoid", y, options);
  return sum(areas, axis);
}

/**
 * The integrals along an axis up to each entry but the first, by the trapezoidal rule.
 *
 * Shape: one entry less along the axis.
 *
 * @throws IndexError if `y` is a scalar, or the axis does not exist. @throws ShapeError if `x` does not fit. @throws ValueError if both
 *   `x` and `dx` are given.
 */
export function cumulativeTrapezoid(y: Tensor, options: TrapezoidOptions = {}): Tensor {
  const [areas, axis] = trapezoids("cumulativeTrapezoid", y, options);
  return cumsum(areas, axis);
}

/** The area between each two neighbours, and the axis along which they stand, counted from the end. */
function trapezoids(op: string, y: Tensor, options: TrapezoidOptions): [areas: Tensor, axis: number] {
  checkTensor(op, y, "y");
  const { x, dx, dim } = readOptions<TrapezoidOptions>(op, options, {
    x: [null, orNull((name, what, value) => checkTensor(name, value, what))],
    dx: [1, checkNumber],
    dim: [-1],
  });
  const axis = axisOf(op, y, dim, "to integrate along") - y.rank;
  const values = cast(y, "float32");
  const neighbours = (of: Tensor): [left: Tensor, right: Tensor] => [slice(of, axis, 0, -1), slice(of, axis, 1)];
  const [left, right] = neighbours(values);
  const means = mul(add(left, right), 0.5);
  if (x === null) return [mul(means, dx), axis];
  if (options.dx !== undefined) throw new ValueError(`${op}: x says where the values stand; dx has no use beside it`);
  checkSameDevice(op, [y, x]);
  const places = x.rank === 1 ? reshape(x, [x.size, ...y.shape.slice(y.rank + axis + 1).map(() => 1)]) : x;
  const extent = y.shape.at(axis)!;
  if (places.rank < -axis || places.shape.at(axis) !== extent)
    throw new ShapeError(
      `${op}: x of shape ${showShape(x.shape)} does not say where the ${extent} entries along axis ${axis} of ${showShape(y.shape)} stand`,
    );
  const [from, to] = neighbours(places);
  broadcastShapes(op, from.shape, means.shape);
  return [mul(means, sub(to, from)), axis];
}
