import { defineOp, type Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { add, div, equal, greaterEqual, lessEqual, mul, where } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const op = defineOp<readonly [Tensor]>({
  name: "hardswish",
  forward: ([x]) => where(lessEqual(x, -3), 0, where(greaterEqual(x, 3), x, div(mul(x, add(x, 3)), 6))),
  vjp: (grad, { inputs: [x] }) => [mul(grad, slope(x))],
  reads: { outputs: false },
});

/** −½ at −3, the slope of the parabola; 1 at 3, that of the line; at both, and at NaN, the slope of the slope is 0. */
function slope(x: Tensor): Tensor {
  const inside = where(equal(x, x), div(add(mul(x, 2), 3), 6), NaN);
  return where(lessEqual(x, -3), mul(equal(x, -3), -0.5), where(greaterEqual(x, 3), 1, inside));
}

/**
 * `x · (x + 3) / 6` between −3 and 3, 0 below and `x` above, elementwise.
 *
 * The gradient is −½ at −3 and 1 at 3, where torch gives 1 or 1.5, depending on where in the tensor the value stands. −∞ becomes
 * 0, where torch's arithmetic gives NaN.
 *
 * @see Howard et al. 2019, https://arxiv.org/abs/1905.02244
 */
export function hardswish(input: Tensor): Tensor {
  checkFloat("hardswish", input, "input");
  return op([input]);
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(hardswish);

/** `x · (x + 3) / 6` between −3 and 3, 0 below and `x` above, elementwise. */
export class Hardswish extends Layer {}
