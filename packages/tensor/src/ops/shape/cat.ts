import { checkTensors, normalizeDim } from "../../checks/index.ts";
import { defineOp, launchOne, ShapeError, showShape, type Tensor, withExtent } from "../../core.ts";
import { catKernel } from "../../kernels/movement.ts";
import { promote } from "../../tensor/dtype.ts";
import { cast } from "../copy/cast.ts";
import { slice } from "./slice.ts";

const op = defineOp<readonly Tensor[], number>({
  name: "cat",
  forward(tensors, dim) {
    const total = tensors.reduce((sum, { shape }) => sum + shape[dim]!, 0);
    const shape = withExtent(tensors[0]!.shape, dim, total);
    const filled = tensors.filter(({ size }) => size > 0);
    return launchOne(catKernel, filled.length > 0 ? filled : tensors, { shape, dtype: tensors[0]!.dtype }, { dim });
  },
  vjp(grad, { inputs, params: dim, needs }) {
    let start = 0;
    return inputs.map((input, i) => {
      const from = start;
      start += input.shape[dim]!;
      return needs[i] ? slice(grad, dim, from, start) : null;
    });
  },
  reads: { inputs: false, outputs: false },
});

/**
 * Joins tensors along an axis. If one is float32, all become so.
 *
 * Shape: `[2, 3]` and `[4, 3]` make `[6, 3]` along axis 0.
 *
 * @throws ShapeError if there are none, or their other extents differ.
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  return catFor("cat", tensors, dim);
}

/** `cat`, on behalf of a function that errors shall name. */
export function catFor(caller: string, tensors: readonly Tensor[], dim: number): Tensor {
  checkTensors(caller, tensors);
  const [first] = tensors;
  if (first === undefined) throw new ShapeError(`${caller}: expected at least one tensor, got none`);
  if (first.rank === 0) throw new ShapeError(`${caller}: scalars cannot be joined; use stack`);
  const axis = normalizeDim(caller, dim, first.rank);
  for (const [at, { shape, rank }] of tensors.entries()) {
    if (rank !== first.rank || shape.some((extent, i) => i !== axis && extent !== first.shape[i])) {
      throw new ShapeError(
        `${caller}: shapes ${showShape(first.shape)} and ${showShape(shape)} differ beside axis ${axis} (tensor ${at} of ${tensors.length}, counted from 0)`,
      );
    }
  }
  const dtype = tensors.map((tensor) => tensor.dtype).reduce(promote);
  const alike = tensors.map((tensor) => cast(tensor, dtype));
  return op(alike, axis);
}
