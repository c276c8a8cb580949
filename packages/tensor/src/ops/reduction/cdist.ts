import { broadcastShapes, checkElements, checkFit, checkFloats, readOptions, showValue } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import { sub, sum, unsqueeze } from "../basic.ts";
import { norm } from "./norm.ts";

/** Options of `cdist`. */
export interface CdistOptions {
  /** The exponent of the norm; 0 counts the coordinates that differ, `Infinity` takes the largest difference. @default 2 */
  readonly p?: number;
}

/**
 * Distances between each of two lists of points: `norm(a[i] − b[j], p)`. The gradient of a distance of 0 is 0; coordinates that
 * are equally far apart share that of `Infinity`.
 *
 * Shape: `[…, n, d]` and `[…, m, d]` give `[…, n, m]`; the axes before are broadcast. It takes `n·m·d` values of memory.
 *
 * @throws ShapeError if the shapes do not fit. @throws ValueError if `p` is negative. @throws DTypeError of int32.
 */
export function cdist(a: Tensor, b: Tensor, options: CdistOptions = {}): Tensor {
  checkFloats("cdist", { a, b });
  const { p } = readOptions("cdist", options, { p: [2] });
  if (!(typeof p === "number" && p >= 0)) throw new ValueError(`cdist: p must not be negative, got ${showValue(p)}`);
  const fit = a.rank >= 2 && b.rank >= 2 && a.shape.at(-1) === b.shape.at(-1);
  checkFit("cdist", fit, "points of as many coordinates", a.shape, b.shape);
  const batch = broadcastShapes("cdist", a.shape.slice(0, -2), b.shape.slice(0, -2));
  checkElements("cdist", [...batch, a.shape.at(-2)!, b.shape.at(-2)!, a.shape.at(-1)!]);
  const apart = sub(unsqueeze(a, -2), unsqueeze(b, -3));
  return apart.shape.at(-1) === 0 ? sum(apart, -1) : norm(apart, { p, dim: -1 });
}
