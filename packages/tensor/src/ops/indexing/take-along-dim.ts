import { broadcastShapes, checkIndices, checkOperands, normalizeDim } from "../../checks/index.ts";
import { IndexError, ShapeError, showShape, type Tensor, withExtent } from "../../core.ts";
import { broadcastTo, gather, reshape } from "../basic.ts";

/**
 * `gather`, where `x` and `index` are broadcast beside the axis: `takeAlongDim(x, argsort(x, { dim }), dim)` is sorted. The
 * gradient adds up what is read twice.
 *
 * @param dim the axis; without it, both are taken as if they were flat.
 * @throws ShapeError if the shapes do not fit. @throws IndexError if an index or the axis does not exist.
 */
export function takeAlongDim(x: Tensor, index: Tensor, dim?: number): Tensor {
  checkOperands("takeAlongDim", { x, index });
  if (dim === undefined) {
    checkIndices("takeAlongDim", index, x.size);
    return gather(reshape(x, [x.size]), 0, reshape(index, [index.size]));
  }
  if (x.rank === 0 || x.rank !== index.rank) {
    const message = `takeAlongDim: expected an index of ${x.rank} axes, at least one, as ${showShape(x.shape)} has, got ${showShape(index.shape)}`;
    throw x.rank === 0 ? new IndexError(message) : new ShapeError(message);
  }
  const axis = normalizeDim("takeAlongDim", dim, x.rank);
  checkIndices("takeAlongDim", index, x.shape[axis]!);
  const shape = broadcastShapes("takeAlongDim", withExtent(x.shape, axis, 1), withExtent(index.shape, axis, 1));
  const spread = (tensor: Tensor): Tensor => broadcastTo(tensor, withExtent(shape, axis, tensor.shape[axis]!));
  return gather(spread(x), axis, spread(index));
}
