import { defineOp, type Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { add, div, greater, greaterEqual, less, lessEqual, mul, where } from "@tapegrad/tensor/ops";
import { plainOf, type PlainOf } from "../plain-layer.ts";

const op = defineOp<readonly [Tensor]>({
  name: "hardsigmoid",
  forward: ([x]) => where(lessEqual(x, -3), 0, where(greaterEqual(x, 3), 1, div(add(x, 3), 6))),
  vjp: (grad, { inputs: [x] }) => [where(mul(greater(x, -3), less(x, 3)), div(grad, 6), 0)],
  reads: { outputs: false },
});

/** `x / 6 + 1/2`, kept within 0 and 1, elementwise; its gradient is 0 from ±3 on, and at NaN. */
export function hardsigmoid(input: Tensor): Tensor {
  checkFloat("hardsigmoid", input, "input");
  return op([input]);
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(hardsigmoid);

/** `x / 6 + 1/2`, kept within 0 and 1, elementwise; its gradient is 0 from ±3 on. */
export class Hardsigmoid extends Layer {}
