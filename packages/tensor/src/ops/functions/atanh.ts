import { checkTensor } from "../../checks/index.ts";
import { defineOp, type Tensor } from "../../core.ts";
import { abs, cast, div, log1p, mul, sign, square, sub } from "../basic.ts";

const op = defineOp<readonly [Tensor]>({
  name: "atanh",
  forward([x]) {
    const a = abs(x);
    return mul(mul(sign(x), 0.5), log1p(div(mul(a, 2), sub(1, a))));
  },
  vjp: (grad, { inputs: [x] }) => [div(grad, sub(1, square(x)))],
  reads: { inputs: true, outputs: false },
});

/** The number whose hyperbolic tangent is x: ½·ln((1 + x)/(1 − x)), accurate also near 0; ±∞ of ±1, and NaN beyond. */
export function atanh(x: Tensor): Tensor {
  checkTensor("atanh", x);
  return op([cast(x, "float32")]);
}
