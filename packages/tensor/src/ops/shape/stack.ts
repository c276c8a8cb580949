import { checkFit, checkOperandList, normalizeDim } from "../../checks/index.ts";
import { sameShape, type Tensor } from "../../core.ts";
import { cat } from "./cat.ts";
import { unsqueeze } from "./unsqueeze.ts";

/** Joins tensors of one shape along a new axis. @throws ShapeError if there are none, or their shapes differ. */
export function stack(tensors: readonly Tensor[], dim = 0): Tensor {
  checkOperandList("stack", tensors);
  const [first] = tensors as readonly [Tensor];
  const axis = normalizeDim("stack", dim, first.rank + 1);
  for (const { shape } of tensors)
    checkFit("stack", sameShape(shape, first.shape), "tensors of one shape", first.shape, shape);
  return cat(
    tensors.map((tensor) => unsqueeze(tensor, axis)),
    axis,
  );
}
