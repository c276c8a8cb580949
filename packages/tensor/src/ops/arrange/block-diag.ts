import { checkElements, checkFit, checkOperandList } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { cat, pad, reshape } from "../basic.ts";

/**
 * The matrix with matrices along its diagonal, and 0 elsewhere. Lists count as rows, scalars as matrices of one entry.
 *
 * Shape: `[2, 3]` and `[1, 4]` make `[3, 7]`.
 *
 * @throws ShapeError if there are none, or one has more than two axes.
 */
export function blockDiag(matrices: readonly Tensor[]): Tensor {
  checkOperandList("blockDiag", matrices, "matrices", "matrix");
  const blocks = matrices.map((each) => {
    checkFit("blockDiag", each.rank <= 2, "matrices", each.shape);
    return each.rank === 2 ? each : reshape(each, [1, each.size]);
  });
  const total = (axis: 0 | 1): number => blocks.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const columns = total(1);
  checkElements("blockDiag", [total(0), columns]);
  let start = 0;
  const bands = blocks.map((block) => {
    const before = start;
    start += block.shape[1]!;
    return pad(block, [
      [0, 0],
      [before, columns - start],
    ]);
  });
  return cat(bands);
}
