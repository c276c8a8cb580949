import { checkBoolean, checkNumber, checkOneDType, readOptions } from "../../checks/index.ts";
import { type Tensor, ValueError } from "../../core.ts";
import type { AllCloseOptions } from "../../tensor/equals.ts";
import { abs, add, equal, isnan, lessEqual, maximum, mul, sub } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";
import { isfinite } from "./isfinite.ts";

/**
 * 1 where a and b are close, `|a − b| ≤ atol + rtol · |b|`, else 0; broadcast. An infinity is close to itself. float32, for there is
 * no boolean dtype. Whether all are close, `allClose` tells.
 *
 * @throws DTypeError if the dtypes differ. @throws ShapeError if the shapes do not broadcast. @throws ValueError if a tolerance is
 *   negative.
 */
export function isclose(a: Tensor, b: Tensor, options: AllCloseOptions = {}): Tensor {
  broadcastOperands("isclose", { a, b });
  checkOneDType("isclose", [a, b]);
  const { rtol, atol, equalNan } = readOptions("isclose", options, {
    rtol: [1e-5, checkTolerance],
    atol: [1e-8, checkTolerance],
    equalNan: [false, checkBoolean],
  });
  const [x, y] = [a.detach(), b.detach()];
  const apart = abs(sub(x, y));
  const close = mul(isfinite(apart), lessEqual(apart, add(mul(abs(y), rtol), atol)));
  const alike = maximum(equal(x, y), close);
  return equalNan ? maximum(alike, mul(isnan(x), isnan(y))) : alike;
}

function checkTolerance(op: string, name: string, value: unknown): void {
  checkNumber(op, name, value);
  if (value < 0) throw new ValueError(`${op}: ${name} must not be negative, got ${value}`);
}
