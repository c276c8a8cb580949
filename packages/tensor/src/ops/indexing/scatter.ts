import { checkIndices, checkNumber, checkOperands, oneOf, orNull, readOptions } from "../../checks/index.ts";
import { Tensor } from "../../core.ts";
import { full, ones } from "../../tensor/create.ts";
import { greaterEqual, maximum, reshape, where } from "../basic.ts";
import type { Num } from "../internal/define-binary.ts";
import { gatherRows, scatterRows } from "../internal/gather-rows.ts";
import { checkFill } from "../shape/place.ts";
import { combinedAt } from "./combined-at.ts";
import { asList, checkGather, gatherLayout } from "./gather.ts";
import { checkScatter, lastAt, spreadTo } from "./scatter-places.ts";

/** Options of `scatter`. */
export interface ScatterOptions {
  /** Whether values are added to what stands there, or multiplied with it; null replaces it. @default null */
  readonly reduce?: "add" | "multiply" | null;
}

/**
 * `x`, with `source[i][j][k]` in place of what stands at `[index[i][j][k]][j][k]` for `dim` 0, and so on.
 *
 * Of several values that go to one place, the last stays, and takes the gradient; torch leaves open which. With `reduce`, all count,
 * and have gradients, which torch's have not. A scalar counts as a list of one.
 *
 * Shape: `index` int32, of the rank of `x`, nowhere larger beside `dim`, and nowhere larger than `source`.
 *
 * @param source a tensor, or a number for all places.
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 * @throws DTypeError if the dtypes of `x` and `source` differ. @throws ValueError if `x` is int32 and the number is not.
 */
export function scatter(x: Tensor, dim: number, index: Tensor, source: Num, options: ScatterOptions = {}): Tensor {
  checkOperands("scatter", { x, index });
  const { reduce } = readOptions<ScatterOptions>("scatter", options, {
    reduce: [null, orNull(oneOf("add", "multiply"))],
  });
  if (!(source instanceof Tensor)) {
    checkNumber("scatter", "source", source);
    checkFill("scatter", source, x);
  }
  if (x.rank === 0) {
    const values = source instanceof Tensor ? asList(source) : source;
    return reshape(scatter(asList(x), dim, asList(index), values, options), []);
  }
  if (reduce !== null) {
    const { dtype, device } = x;
    const values = source instanceof Tensor ? source : full(index.shape, source, { dtype, device });
    return combinedAt("scatter", x, dim, index, values, {
      reduce: reduce === "add" ? "sum" : "prod",
      includeSelf: true,
    });
  }
  if (!(source instanceof Tensor)) {
    const { axis, region } = checkGather("scatter", x, dim, index);
    checkIndices("scatter", index, x.shape[axis]!);
    if (index.size === 0) return reshape(x, x.shape);
    const places = scatterRows([ones(index.shape, { device: x.device })], gatherLayout(region, axis, index));
    return where(spreadTo(places, x.shape), source, x);
  }
  const { axis, region, values } = checkScatter("scatter", x, dim, index, source);
  if (index.size === 0) return reshape(x, x.shape);
  const from = lastAt(index, region, axis);
  const chosen = gatherRows([values], gatherLayout(index.shape, axis, maximum(from, 0)));
  return where(spreadTo(greaterEqual(from, 0), x.shape), spreadTo(chosen, x.shape), x);
}
