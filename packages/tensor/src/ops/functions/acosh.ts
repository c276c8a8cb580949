import { checkTensor } from "../../checks/index.ts";
import { defineOp, type Tensor } from "../../core.ts";
import { add, cast, greater, log, log1p, mul, rsqrt, sqrt, square, sub, where } from "../basic.ts";

/** From here on the square of x swallows the 1 beside it. */
const FAR = 2 ** 13;

const op = defineOp<readonly [Tensor]>({
  name: "acosh",
  forward([x]) {
    const beyond = sub(x, 1);
    // Of two roots: the product of two negative numbers has one.
    const near = log1p(add(beyond, mul(sqrt(beyond), sqrt(add(beyond, 2)))));
    return where(greater(x, FAR), add(log(x), Math.LN2), near);
  },
  vjp: (grad, { inputs: [x] }) => [mul(grad, rsqrt(sub(square(x), 1)))],
  reads: { inputs: true, outputs: false },
});

/** The number from 0 on whose hyperbolic cosine is x: ln(x + √(x² − 1)); NaN below 1. */
export function acosh(x: Tensor): Tensor {
  checkTensor("acosh", x);
  return op([cast(x, "float32")]);
}
