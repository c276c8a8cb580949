import type { Tensor } from "../../core.ts";
import { maximum, mul, notEqual } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";

/**
 * 1 where both a and b are not 0, else 0; broadcast. float32, for there is no boolean dtype. NaN counts as true.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function logicalAnd(a: Tensor, b: Tensor): Tensor {
  const [x, y] = truths("logicalAnd", a, b);
  return mul(x, y);
}

/**
 * 1 where a or b or both are not 0, else 0; broadcast. float32, for there is no boolean dtype. NaN counts as true.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function logicalOr(a: Tensor, b: Tensor): Tensor {
  const [x, y] = truths("logicalOr", a, b);
  return maximum(x, y);
}

/**
 * 1 where one of a and b is not 0, and the other is, else 0; broadcast. float32, for there is no boolean dtype. NaN counts as
 * true.
 *
 * @throws ShapeError if the shapes do not broadcast.
 */
export function logicalXor(a: Tensor, b: Tensor): Tensor {
  const [x, y] = truths("logicalXor", a, b);
  return notEqual(x, y);
}

/** 1 for what is not 0, in both. No gradient flows through them. */
function truths(op: string, a: Tensor, b: Tensor): readonly [a: Tensor, b: Tensor] {
  broadcastOperands(op, { a, b });
  return [notEqual(a.detach(), 0), notEqual(b.detach(), 0)];
}
