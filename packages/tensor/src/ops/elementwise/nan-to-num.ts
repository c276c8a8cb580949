import { checkNumber, checkTensor, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { equal, isnan, where } from "../basic.ts";

/** What `nanToNum` puts in place of what is no number. */
export interface NanToNumOptions {
  /** @default 0 */
  readonly nan?: number;
  /** In place of ∞. @default 3.4028234663852886e38, the largest float32 */
  readonly posinf?: number;
  /** In place of −∞. @default −3.4028234663852886e38, the smallest float32 */
  readonly neginf?: number;
}

/** The largest finite number of a tensor. */
export const LARGEST_FLOAT32: number = (2 - 2 ** -23) * 2 ** 127;

/** x, with other values in place of NaN and infinities. No gradient flows through these. int32 stays as it is. */
export function nanToNum(x: Tensor, options: NanToNumOptions = {}): Tensor {
  checkTensor("nanToNum", x);
  const { nan, posinf, neginf } = readOptions("nanToNum", options, {
    nan: [0, checkNumber],
    posinf: [LARGEST_FLOAT32, checkNumber],
    neginf: [-LARGEST_FLOAT32, checkNumber],
  });
  if (x.dtype === "int32") return x;
  const values = x.detach();
  return where(isnan(x), nan, where(equal(values, Infinity), posinf, where(equal(values, -Infinity), neginf, x)));
}
