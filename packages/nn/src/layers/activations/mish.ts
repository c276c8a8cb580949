import { defineOp, type Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { add, mul, sigmoid, softplus, square, sub, tanh } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const op = defineOp<readonly [Tensor]>({
  name: "mish",
  forward: ([x]) => mul(x, tanh(softplus(x))),
  vjp: (grad, { inputs: [x] }) => [mul(grad, slope(x))],
  reads: { outputs: false },
});

/** With t = tanh(softplus(x)), `t + x·σ(x)·(1 − t²)`: the gradient comes last, since its product with x might overflow. */
function slope(x: Tensor): Tensor {
  const t = tanh(softplus(x));
  return add(t, mul(x, mul(sigmoid(x), sub(1, square(t)))));
}

/** `x · tanh(softplus(x))`, elementwise. @see Misra 2019, https://arxiv.org/abs/1908.08681 */
export function mish(input: Tensor): Tensor {
  checkFloat("mish", input, "input");
  return op([input]);
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(mish);

/** `x · tanh(softplus(x))`, elementwise. */
export class Mish extends Layer {}
