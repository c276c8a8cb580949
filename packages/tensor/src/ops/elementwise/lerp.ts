import { checkFloats, checkNumber } from "../../checks/index.ts";
import { defineOp, Tensor } from "../../core.ts";
import { abs, add, less, mul, sub, sumTo, where } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";
import type { Num } from "../internal/define-binary.ts";

/** The weight is a third input, or a number. */
const op = defineOp<readonly Tensor[], number>({
  name: "lerp",
  forward([a, b, weight], number) {
    const way = sub(b!, a!);
    const fromA = (w: Num): Tensor => add(a!, mul(way, w));
    const fromB = (w: Num): Tensor => sub(b!, mul(way, sub(1, w)));
    if (weight !== undefined) return where(less(abs(weight), 0.5), fromA(weight), fromB(weight));
    return Math.abs(number) < 0.5 ? fromA(number) : sub(b!, mul(way, 1 - number));
  },
  vjp(grad, { inputs, params: number, needs }) {
    const [a, b, weight = number] = inputs;
    const rest = weight instanceof Tensor ? sub(1, weight) : 1 - weight;
    const gradients = [() => mul(grad, rest), () => mul(grad, weight), () => mul(grad, sub(b!, a!))];
    return inputs.map((input, i) => (needs[i] ? sumTo(gradients[i]!(), input.shape) : null));
  },
  reads: { inputs: true, outputs: false },
});

/**
 * a + weight · (b − a), broadcast; from a weight of ½ on computed from the other end, as in torch, so that weights of 0 and 1
 * give a and b.
 *
 * @param weight a number or a tensor.
 * @throws DTypeError of int32. @throws ShapeError if the shapes do not broadcast.
 */
export function lerp(a: Tensor, b: Tensor, weight: Num): Tensor {
  const operands = weight instanceof Tensor ? { a, b, weight } : { a, b };
  checkFloats("lerp", operands);
  if (!(weight instanceof Tensor)) checkNumber("lerp", "weight", weight);
  broadcastOperands("lerp", operands);
  return op(Object.values(operands), weight instanceof Tensor ? NaN : weight);
}
