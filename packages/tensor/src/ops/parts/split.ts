import { showValue } from "../../checks/index.ts";
import { ShapeError, showShape, type Tensor, ValueError } from "../../core.ts";
import { slice } from "../basic.ts";
import { axisOf } from "../internal/axis-of.ts";

/**
 * Parts of an axis, one after another: of `size` entries each, the last of what is left, or of as many entries as a list
 * says. Dense copies; `cat` joins them again.
 *
 * @param dim the axis. @default 0
 * @throws IndexError if `x` is a scalar, or the axis does not exist.
 * @throws ValueError if a size is no non-negative integer, or 0 though the axis has entries.
 * @throws ShapeError if the sizes of a list do not add up to the axis.
 */
export function split(x: Tensor, size: number | readonly number[], dim = 0): Tensor[] {
  const axis = axisOf("split", x, dim, "to split");
  const extent = x.shape[axis]!;
  const named: readonly unknown[] = Array.isArray(size) ? size : [size];
  if (!named.every((each) => Number.isInteger(each) && (each as number) >= 0))
    throw new ValueError(`split: expected a non-negative integer, or a list of such, got ${showValue(size)}`);
  if (size === 0 && extent > 0)
    throw new ValueError(`split: parts of 0 entries never make up the ${extent} of axis ${axis}`);
  const sizes = typeof size === "number" ? equalParts(extent, size) : size;
  const total = sizes.reduce((sum, each) => sum + each, 0);
  if (total !== extent)
    throw new ShapeError(
      `split: sizes ${showShape(sizes)} add up to ${total}, but axis ${axis} of ${showShape(x.shape)} has ${extent} entries`,
    );
  let start = 0;
  return sizes.map((each) => slice(x, axis, start, (start += each)));
}

/** Parts of `size` and the rest; one, if there is nothing to split. */
function equalParts(extent: number, size: number): number[] {
  const count = extent === 0 ? 1 : Math.ceil(extent / size);
  return Array.from({ length: count }, (_, i) => Math.min(size, extent - i * size));
}
