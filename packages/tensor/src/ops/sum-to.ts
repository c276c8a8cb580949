import { checkTensor } from "../check-tensor.ts";
import { ShapeError } from "../errors.ts";
import { checkShape, sameShape, showShape } from "../shape.ts";
import type { Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { reshape } from "./reshape.ts";
import { sum } from "./sum.ts";

/**
 * The sum of `x` over the axes along which a tensor of `shape` was repeated to make it: undoes broadcasting, for
 * gradients.
 *
 * @throws ShapeError if `shape` does not broadcast to that of `x`.
 */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  checkTensor("sumTo", x);
  checkShape("sumTo", shape);
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  if (lead < 0 || shape.some((extent, axis) => extent !== 1 && extent !== x.shape[lead + axis]))
    throw new ShapeError(`sumTo: shape ${showShape(shape)} does not broadcast to ${showShape(x.shape)}`);
  const repeated = x.shape.flatMap((extent, axis) => (axis < lead || shape[axis - lead] !== extent ? [axis] : []));
  return reshape(repeated.length === 0 ? x : sum(x, repeated, { keepDim: true }), shape);
}
