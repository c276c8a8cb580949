import { checkDTypeOf, checkFit, checkIndices, checkOperands, checkShapeOf, normalizeDim } from "../../checks/index.ts";
import { sameShape, type Tensor } from "../../core.ts";
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
  checkFit(op, index.rank <= 1, "a list of positions", index.shape);
  const layout = listLayout(asList(x).shape, axis, asList(index));
  if (each) {
    checkDTypeOf(op, x, "source", source);
    if (!sameShape(asList(source).shape, layout.picks)) checkShapeOf(op, "source", source.shape, layout.picks);
  }
  checkIndices(op, index, layout.length);
  return { ...layout, axis };
}
