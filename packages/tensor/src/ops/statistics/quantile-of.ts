import { checkBoolean, checkFloat, checkSameDevice, oneOf, readOptions, showValue } from "../../checks/index.ts";
import { ShapeError, showShape, Tensor, ValueError, withExtent } from "../../core.ts";
import { tensor } from "../../tensor/create.ts";
import { movedim } from "../arrange/movedim.ts";
import { cast, gather, isnan, maximum, mul, reshape, sub, sum, where } from "../basic.ts";
import { lerp } from "../elementwise/lerp.ts";
import { ceil } from "../functions/ceil.ts";
import { floor } from "../functions/floor.ts";
import { round } from "../functions/round.ts";
import { axisOf } from "../internal/axis-of.ts";
import type { ReduceOptions } from "../internal/reduce-axes.ts";
import { sort } from "../order/sort.ts";
import { any } from "../reduction/any.ts";

/** Options of `quantile` and `nanquantile`. */
export interface QuantileOptions extends ReduceOptions {
  /** What lies between two values: a value between them, one of them, their mean, or the nearer one. @default "linear" */
  readonly interpolation?: "linear" | "lower" | "higher" | "midpoint" | "nearest";
}

/** Quantiles along an axis or, without one, of all values; those that are NaN spoil the result or, with `skipNan`, do not count. */
export function quantileOf(
  op: string,
  x: Tensor,
  q: number | readonly number[] | Tensor,
  dim: number | undefined,
  options: QuantileOptions,
  skipNan: boolean,
): Tensor {
  checkFloat(op, x);
  const shares = sharesOf(op, x, q);
  const { keepDim, interpolation } = readOptions(op, options, {
    keepDim: [false, checkBoolean],
    interpolation: ["linear", oneOf("linear", "lower", "higher", "midpoint", "nearest")],
  });
  if (x.size === 0) throw new ShapeError(`${op}: there is no value to choose in shape ${showShape(x.shape)}`);
  const axis = dim === undefined ? 0 : axisOf(op, x, dim);
  const list = dim === undefined || x.rank === 0 ? reshape(x, [x.size]) : x;
  const rows = movedim(list, axis, -1);
  const sorted = sort(rows, { dim: -1 }).values;
  const nans = isnan(rows);
  const last = rows.shape.at(-1)! - 1;
  // A NaN sorts last, and is what all quantiles of its row are.
  const highest = skipNan ? maximum(sub(last, sum(nans, -1, { keepDim: true })), 0) : last;
  const spread = mul(reshape(shares, [shares.size]), highest);
  const ranks = skipNan ? spread : where(any(nans, -1, { keepDim: true }), last, spread);
  const at = (places: Tensor): Tensor => gather(sorted, -1, cast(places, "int32"));
  const found = between(ranks, at, interpolation);
  const arranged = movedim(found, -1, 0);
  const beside = withExtent(list.shape, axis, 1);
  const kept = dim === undefined ? x.shape.map(() => 1) : x.rank === 0 ? [] : beside;
  const shape = keepDim ? kept : dim === undefined ? [] : beside.filter((_, i) => i !== axis);
  return reshape(arranged, [...shares.shape, ...shape]);
}

function between(ranks: Tensor, at: (places: Tensor) => Tensor, interpolation: string): Tensor {
  if (interpolation === "lower") return at(floor(ranks));
  if (interpolation === "higher") return at(ceil(ranks));
  if (interpolation === "nearest") return at(round(ranks));
  const below = floor(ranks);
  return lerp(at(below), at(ceil(ranks)), interpolation === "midpoint" ? 0.5 : sub(ranks, below));
}

/** A scalar or a list. Computed ones are looked at on synchronous devices, and trusted on `gpu:webgpu`. */
function sharesOf(op: string, x: Tensor, q: number | readonly number[] | Tensor): Tensor {
  const valid = (share: unknown): boolean => typeof share === "number" && share >= 0 && share <= 1;
  const refused = (): ValueError =>
    new ValueError(`${op}: q must be a number from 0 to 1, or a list of such, got ${showValue(q)}`);
  if (!(q instanceof Tensor)) {
    if (!(Array.isArray(q) ? q.every(valid) : valid(q))) throw refused();
    return tensor(q, { device: x.device });
  }
  checkSameDevice(op, [x, q]);
  if (q.dtype !== "float32" || q.rank > 1 || (q.device.synchronous && !q.dataSync().every(valid))) throw refused();
  return q;
}
