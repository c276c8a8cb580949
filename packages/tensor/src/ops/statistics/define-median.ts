import { defineOp } from "../../op.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { equal } from "../comparison/equal.ts";
import { notEqual } from "../comparison/not-equal.ts";
import { add } from "../elementwise/add.ts";
import { div } from "../elementwise/div.ts";
import { mul } from "../elementwise/mul.ts";
import { sum } from "../reduction/sum.ts";

/** A value of a list; equal ones share the gradient, as in torch, where several NaNs are equal. */
export function defineMedian(
  name: string,
  choose: (x: Tensor) => Tensor,
): (inputs: readonly [Tensor], params: void) => Tensor {
  return defineOp<readonly [Tensor]>({
    name,
    forward: ([x]) => choose(x),
    vjp(grad, { inputs, outputs }) {
      const [x, y] = [inputs[0].detach(), outputs[0]!.detach()];
      const chosen = add(equal(x, y), mul(notEqual(x, x), notEqual(y, y)));
      return [mul(chosen, div(grad, sum(chosen)))];
    },
  });
}
