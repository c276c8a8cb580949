import { checkBoolean, checkFit, checkSameDevice, checkTensor, readOptions } from "../../checks/index.ts";
import { sameShape, sizeOf, type Tensor } from "../../core.ts";
import { full } from "../../tensor/create.ts";
import { add, gather, isnan, less, lessEqual, maximum, mul, reshape, where } from "../basic.ts";
import { clamp } from "../elementwise/clamp.ts";
import type { Num } from "../internal/define-binary.ts";
import { asTensor } from "../internal/define-pair.ts";

/** Options of `searchsorted` and `bucketize`. */
export interface SearchOptions {
  /** Whether a value goes behind those that equal it, and not before. @default false */
  readonly right?: boolean;
}

/**
 * Where values would have to be set into sorted ones to keep these in order, int32: how many are smaller, or with `right` not larger.
 * NaN goes last.
 *
 * Shape: a sorted list takes values of any shape; `[…, n]` takes `[…, m]`. The result has the shape of the values.
 *
 * @param sorted in ascending order along the last axis; this is not checked. @param values a tensor or a number.
 * @throws ShapeError if the shapes do not fit.
 */
export function searchsorted(sorted: Tensor, values: Num, options: SearchOptions = {}): Tensor {
  checkTensor("searchsorted", sorted, "sorted");
  return search("searchsorted", sorted, values, options);
}

/**
 * In which bucket values fall, int32: how many boundaries are smaller, or with `right` not larger. NaN falls in the last.
 *
 * @param values a tensor or a number. @param boundaries a list in ascending order, which is not checked.
 * @throws ShapeError if the boundaries are no list.
 */
export function bucketize(values: Num, boundaries: Tensor, options: SearchOptions = {}): Tensor {
  checkTensor("bucketize", boundaries, "boundaries");
  checkFit("bucketize", boundaries.rank === 1, "a list of boundaries", boundaries.shape);
  return search("bucketize", boundaries, values, options);
}

/** By halving: each binary digit of the answer is set if the entry just before is still small enough. */
function search(op: string, sorted: Tensor, values: Num, options: SearchOptions): Tensor {
  const { right } = readOptions(op, options, { right: [false, checkBoolean] });
  const { device } = sorted;
  if (typeof values !== "number") checkTensor(op, values, "values");
  const wanted = asTensor(values, device).detach();
  checkSameDevice(op, [sorted, wanted]);
  const fit = sorted.rank === 1 || (sorted.rank > 1 && sameShape(sorted.shape.slice(0, -1), wanted.shape.slice(0, -1)));
  checkFit(op, fit, "a list, or as many as there are of values", sorted.shape, wanted.shape);
  const length = sorted.shape.at(-1)!;
  const outer = sorted.rank === 1 ? 1 : sizeOf(sorted.shape.slice(0, -1));
  const rows = reshape(wanted, [outer, outer === 0 ? 0 : wanted.size / outer]);
  const list = reshape(sorted.detach(), [outer, length]);
  const goesOn = right ? lessEqual : less;
  let found = full(rows.shape, 0, { dtype: "int32", device });
  for (let step = 2 ** Math.floor(Math.log2(length)); step >= 1; step /= 2) {
    const next = add(found, step);
    const entry = gather(list, 1, clamp(add(next, -1), { max: length - 1 }));
    const small = maximum(goesOn(entry, rows), isnan(rows));
    found = where(mul(lessEqual(next, length), small), next, found);
  }
  return reshape(found, wanted.shape);
}
