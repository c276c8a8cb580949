import { sameShape, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkElements,
  checkFloat,
  type OptionRules,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { matmul, reshape, transpose } from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";

/** Options of `affineGrid`. */
export interface AffineGridOptions {
  /** Whether −1 and 1 are the centres of the outermost pixels, rather than their edges. @default false */
  readonly alignCorners?: boolean;
}

/** The rule for the option of what samples images. */
export const alignRule: OptionRules<AffineGridOptions> = { alignCorners: [false, checkBoolean] };

/**
 * The positions at which `gridSample` makes affinely transformed images: `theta · [x, y, 1]` for each pixel of the result, x and
 * y from −1 to 1.
 *
 * Shape: `theta [n, 2, 3] → [n, h, w, 2]`.
 *
 * @param size the shape of the result, `[n, c, h, w]`.
 * @throws ShapeError if `theta` has another shape. @throws ValueError if the size is no such shape. @throws DTypeError of int32.
 */
export function affineGrid(theta: Tensor, size: readonly number[], options: AffineGridOptions = {}): Tensor {
  checkFloat("affineGrid", theta, "theta");
  const { alignCorners } = readOptions("affineGrid", options, alignRule);
  if (!Array.isArray(size) || size.length !== 4 || !size.every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new ValueError(`affineGrid: size must be [n, c, h, w], positive integers, got ${showValue(size)}`);
  const [n, , h, w] = size as [number, number, number, number];
  checkElements("affineGrid", [n, h, w, 3]);
  checkFit("affineGrid", sameShape(theta.shape, [n, 2, 3]), `theta [${n}, 2, 3]`, theta.shape);
  const [xs, ys] = [positions(w, alignCorners), positions(h, alignCorners)];
  const base = Float32Array.from({ length: h * w * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return i % 3 === 0 ? xs[pixel % w]! : i % 3 === 1 ? ys[Math.floor(pixel / w)]! : 1;
  });
  const points = tensor(base, { shape: [h * w, 3], device: theta.device });
  return reshape(matmul(points, transpose(theta, 1, 2)), [n, h, w, 2]);
}

/** Positions of the pixels of an axis, from −1 to 1. */
function positions(extent: number, alignCorners: boolean): readonly number[] {
  if (extent === 1) return [0];
  const reach = alignCorners ? 1 : (extent - 1) / extent;
  return Array.from({ length: extent }, (_, i) => ((2 * i) / (extent - 1) - 1) * reach);
}
