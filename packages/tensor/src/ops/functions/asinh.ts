import { checkTensor } from "../../checks/index.ts";
import { defineOp } from "../../op.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { greater } from "../comparison/greater.ts";
import { where } from "../comparison/where.ts";
import { cast } from "../copy/cast.ts";
import { abs } from "../elementwise/abs.ts";
import { add } from "../elementwise/add.ts";
import { div } from "../elementwise/div.ts";
import { log } from "../elementwise/log.ts";
import { log1p } from "../elementwise/log1p.ts";
import { mul } from "../elementwise/mul.ts";
import { rsqrt } from "../elementwise/rsqrt.ts";
import { sign } from "../elementwise/sign.ts";
import { sqrt } from "../elementwise/sqrt.ts";
import { square } from "../elementwise/square.ts";

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
