import { broadcastShapes, checkSameDevice } from "../../checks/index.ts";
import { defineOp, Tensor } from "../../core.ts";
import type { Device } from "../../devices/device.ts";
import { full } from "../../tensor/create.ts";
import { cast, sumTo } from "../basic.ts";
import { noPair, type Num } from "./define-binary.ts";
import { named } from "./named.ts";

/** A function of two operands, element by element, that is made of other ops. */
interface PairDefinition {
  readonly name: string;
  compute(a: Tensor, b: Tensor): Tensor;
  /** The gradients for `a` and `b`, of the shape of the result; each is asked for only if it is wanted. */
  vjp(grad: Tensor, a: Tensor, b: Tensor, y: Tensor): readonly [a: () => Tensor, b: () => Tensor];
}

/** Defines a function of two tensors, or of a tensor and a number, with broadcasting and gradients of its own. int32 becomes float32. */
export function definePair({ name, compute, vjp }: PairDefinition): (a: Num, b: Num) => Tensor {
  const op = defineOp<readonly [Tensor, Tensor]>({
    name,
    forward: ([a, b]) => compute(a, b),
    vjp(grad, { inputs: [a, b], outputs: [y], needs }) {
      const gradients = vjp(grad, a, b, y!);
      return [a, b].map((input, i) => (needs[i] ? sumTo(gradients[i]!(), input.shape) : null));
    },
  });
  return named(name, (a, b) => {
    const [x, y] = pairOf(name, a, b);
    return op([cast(x, "float32"), cast(y, "float32")]);
  });
}

/** A number becomes a scalar, int32 if it is one. */
export function asTensor(operand: Num, device: Device): Tensor {
  if (operand instanceof Tensor) return operand;
  // −0 is no int32.
  return full([], operand, { dtype: Object.is(operand | 0, operand) ? "int32" : "float32", device });
}

/**
 * Two operands as tensors, numbers as scalars.
 *
 * @throws ValueError, DeviceError or ShapeError naming `op` unless they are a tensor and a tensor or number that broadcast.
 */
export function pairOf(op: string, a: Num, b: Num): readonly [a: Tensor, b: Tensor] {
  const first = a instanceof Tensor ? a : b;
  if (!(first instanceof Tensor) || [a, b].some((each) => typeof each !== "number" && !(each instanceof Tensor)))
    throw noPair(op, a, b);
  const { device } = first;
  const [x, y] = [asTensor(a, device), asTensor(b, device)];
  checkSameDevice(op, [x, y]);
  broadcastShapes(op, x.shape, y.shape);
  return [x, y];
}
