import {
  checkBoolean,
  checkElements,
  checkFit,
  checkTensor,
  integerFrom,
  orNull,
  readOptions,
} from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { onesLike, zeros } from "../../tensor/create.ts";
import { mul } from "../basic.ts";
import { stack } from "../shape/stack.ts";

/** Options of `vander`. */
export interface VanderOptions {
  /** How many powers, from 0 on; null for as many as there are entries. @default null */
  readonly n?: number | null;
  /** Whether powers rise from left to right. @default false */
  readonly increasing?: boolean;
}

/**
 * Vandermonde's matrix: the powers of each entry of a list in a row, the highest first.
 *
 * Shape: `[k]` gives `[k, n]`.
 *
 * @throws ShapeError unless `x` is a list.
 */
export function vander(x: Tensor, options: VanderOptions = {}): Tensor {
  checkTensor("vander", x);
  const { n, increasing } = readOptions<VanderOptions>("vander", options, {
    n: [null, orNull(integerFrom(0))],
    increasing: [false, checkBoolean],
  });
  checkFit("vander", x.rank === 1, "a list", x.shape);
  const count = n ?? x.size;
  checkElements("vander", [x.size, count]);
  if (count === 0) return zeros([x.size, 0], { dtype: x.dtype, device: x.device });
  const powers = [onesLike(x)];
  while (powers.length < count) powers.push(mul(powers.at(-1)!, x));
  return stack(increasing ? powers : powers.reverse(), 1);
}
