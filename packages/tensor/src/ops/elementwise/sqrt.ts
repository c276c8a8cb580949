import type { Tensor } from "../../core.ts";
import { defineUnary } from "../internal/define-unary.ts";
import { squareRoot } from "../internal/square-roots.ts";
import { div } from "./div.ts";
import { mul } from "./mul.ts";

/**
 * √x; NaN for negative x.
 *
 * The gradient is ∞ at 0, as in torch.
 */
export const sqrt: (x: Tensor) => Tensor = defineUnary({
  ...squareRoot,
  vjp: (grad, _x, y) => div(grad, mul(y, 2)),
  reads: "output",
});
