import { checkNumber, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { add, mul } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";

/** Options of `addcmul` and `addcdiv`. */
export interface ScaledOptions {
  /** The factor. @default 1 */
  readonly value?: number;
}

/** x + value · a · b, broadcast. @throws ShapeError if the shapes do not broadcast. */
export function addcmul(x: Tensor, a: Tensor, b: Tensor, options: ScaledOptions = {}): Tensor {
  broadcastOperands("addcmul", { x, a, b });
  const { value } = readOptions("addcmul", options, { value: [1, checkNumber] });
  return add(x, mul(value === 1 ? a : mul(a, value), b));
}
