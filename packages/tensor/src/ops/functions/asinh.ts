import { checkTensor } from "../../checks/index.ts";
import { defineOp, type Tensor } from "../../core.ts";
import { abs, add, cast, div, greater, log, log1p, mul, rsqrt, sign, sqrt, square, where } from "../basic.ts";

/** From here on the square of x swallows the 1 beside it. */
const FAR = 2 ** 13;

const op = defineOp<readonly [Tensor]>({
  name: "asinh",
  forward([x]) {
    const a = abs(x);
    const squared = square(a);
    const near = log1p(add(a, div(squared, add(sqrt(add(squared, 1)), 1))));
    return mul(sign(x), where(greater(a, FAR), add(log(a), Math.LN2), near));
  },
  vjp: (grad, { inputs: [x] }) => [mul(grad, rsqrt(add(square(x), 1)))],
  reads: { inputs: true, outputs: false },
});

/** The number whose hyperbolic sine is x: ln(x + √(x² + 1)), accurate also near 0. */
export function asinh(x: Tensor): Tensor {
  checkTensor("asinh", x);
  return op([cast(x, "float32")]);
}
