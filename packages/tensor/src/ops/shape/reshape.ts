import { checkShape, checkTensor } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { defineOp } from "../../op.ts";
import { type Shape, showShape, sizeOf } from "../../tensor/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";

const op = defineOp<readonly [Tensor], Shape>({
  name: "reshape",
  forward: ([x], shape) => new Tensor(x.storage.share(), shape, x.dtype),
  vjp: (grad, { inputs: [x] }) => [reshape(grad, x.shape)],
  reads: { inputs: false, outputs: false },
});

/**
 * The same values in row-major order under another shape, sharing storage with `x`.
 *
 * @param shape one extent may be -1: it becomes what is left over.
 * @throws ShapeError if the numbers of elements differ.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  checkTensor("reshape", x);
  return op([x], resolve(x, shape));
}

function resolve(x: Tensor, shape: Shape): Shape {
  if (!Array.isArray(shape)) checkShape("reshape", shape);
  const open = shape.indexOf(-1);
  if (open !== shape.lastIndexOf(-1))
    throw new ShapeError(`reshape: only one extent of ${showShape(shape)} can be -1, for what is left over`);
  const rest = shape.filter((_, i) => i !== open);
  checkShape("reshape", rest);
  const known = sizeOf(rest);
  const fits = open < 0 ? known === x.size : known > 0 && x.size % known === 0;
  if (!fits)
    throw new ShapeError(`reshape: ${x.size} values of shape ${showShape(x.shape)} do not fill ${showShape(shape)}`);
  return shape.map((extent, i) => (i === open ? x.size / known : extent));
}
