import { DTypeError, ShapeError } from "../errors.ts";
import { catKernel } from "../kernels/movement.ts";
import { defineOp, launchOne } from "../op.ts";
import { normalizeDim, showShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { slice } from "./slice.ts";

const op = defineOp<readonly Tensor[], number>({
  name: "cat",
  forward(tensors, dim) {
    const total = tensors.reduce((sum, { shape }) => sum + shape[dim]!, 0);
    const shape = tensors[0]!.shape.map((extent, axis) => (axis === dim ? total : extent));
    return launchOne(catKernel, tensors.filter(({ size }) => size > 0), { shape, dtype: tensors[0]!.dtype }, { dim });
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
 * Joins tensors along an axis.
 *
 * @throws ShapeError if there are none, or their other extents differ. @throws DTypeError if their dtypes differ.
 */
export function cat(tensors: readonly Tensor[], dim = 0): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new ShapeError("cat: expected at least one tensor, got none");
  if (first.rank === 0) throw new ShapeError("cat: scalars cannot be joined; use stack");
  const axis = normalizeDim("cat", dim, first.rank);
  for (const { shape, dtype, rank } of tensors) {
    if (rank !== first.rank || shape.some((extent, i) => i !== axis && extent !== first.shape[i])) {
      throw new ShapeError(`cat: shapes ${showShape(first.shape)} and ${showShape(shape)} differ beside axis ${axis}`);
    }
    if (dtype !== first.dtype) throw new DTypeError(`cat: dtypes ${first.dtype} and ${dtype} differ`);
  }
  return tensors.length === 1 ? first : op([...tensors], axis);
}
