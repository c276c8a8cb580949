import { checkDTypeOf, checkIndices, checkOperands, normalizeDim } from "../../checks/index.ts";
import { ShapeError } from "../../errors.ts";
import { sameShape, showShape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { asList, listLayout } from "./gather.ts";

/** Which entries of `x` along an axis a list of positions names. */
interface Entries extends ReturnType<typeof listLayout> {
  readonly axis: number;
}

/**
 * The entries at a list of positions along an axis, which `source` is to fill, or to replace one by one if `each`.
 *
 * @throws ShapeError, IndexError, DTypeError or DeviceError naming `op` if they cannot be.
 */
export function entriesAt(op: string, x: Tensor, dim: number, index: Tensor, source: Tensor, each: boolean): Entries {
  checkOperands(op, { x, index, source });
  const axis = normalizeDim(op, dim, x.rank);
  if (index.rank > 1) throw new ShapeError(`${op}: expected a list of positions, got shape ${showShape(index.shape)}`);
  const layout = listLayout(asList(x).shape, axis, asList(index));
  if (each) {
    checkDTypeOf(op, x, "source", source);
    if (!sameShape(asList(source).shape, layout.picks))
      throw new ShapeError(
        `${op}: expected a source of shape ${showShape(layout.picks)} for ${index.size} positions along axis ${axis} of ${showShape(x.shape)}, got ${showShape(source.shape)}`,
      );
  }
  checkIndices(op, index, layout.length);
  return { ...layout, axis };
}
