import { defineOp, ShapeError, showShape, type Tensor } from "../../core.ts";
import { add, div, equal, mul, notEqual, reshape, sum } from "../basic.ts";
import { reduceAxes, type ReduceOptions } from "../internal/reduce-axes.ts";

/** A value of all of a tensor; equal ones share the gradient, as in torch, where several NaNs are equal. Of no values, NaN. */
export function defineMedian(
  name: string,
  choose: (list: Tensor) => Tensor,
): (x: Tensor, options: ReduceOptions) => Tensor {
  const op = defineOp<readonly [Tensor]>({
    name,
    forward: ([x]) => choose(x),
    vjp(grad, { inputs, outputs }) {
      const [x, y] = [inputs[0].detach(), outputs[0]!.detach()];
      const chosen = add(equal(x, y), mul(notEqual(x, x), notEqual(y, y)));
      return [mul(chosen, div(grad, sum(chosen)))];
    },
  });
  return (x, options) => {
    const { shape } = reduceAxes(name, x, undefined, options);
    if (x.size === 0 && x.dtype === "int32")
      throw new ShapeError(`${name}: there is no value to choose in an int32 tensor of shape ${showShape(x.shape)}`);
    return reshape(x.size === 0 ? add(sum(x), NaN) : op([reshape(x, [x.size])]), shape);
  };
}
