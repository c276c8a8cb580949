import type { Point } from "../options/point.ts";
import type { AffineMatrix } from "./warp-picture.ts";

/** A turn by `angle`, a shear by two angles, both clockwise in degrees, an enlargement by `scale` and a shift in pixels. */
export interface Affine {
  readonly angle: number;
  readonly translate: Point;
  readonly scale: number;
  readonly shear: Point;
}

/**
 * Where the pixels of a changed picture come from: `C·RSS⁻¹·C⁻¹·T⁻¹`, where `T` shifts, `C` moves to the centre, and `RSS` turns,
 * scales and shears. In torchvision's order of operations, to round alike.
 */
export function inverseAffineMatrix({ angle, translate, scale, shear }: Affine, [cx, cy]: Point): AffineMatrix {
  const [turn, shearX, shearY] = [angle, ...shear].map((degrees) => degrees * (Math.PI / 180)) as [
    number,
    number,
    number,
  ];
  const [tx, ty] = translate;
  const a = Math.cos(turn - shearY) / Math.cos(shearY);
  const b = (-Math.cos(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) - Math.sin(turn);
  const c = Math.sin(turn - shearY) / Math.cos(shearY);
  const d = (-Math.sin(turn - shearY) * Math.tan(shearX)) / Math.cos(shearY) + Math.cos(turn);
  const [m0, m1, m3, m4] = [d / scale, -b / scale, -c / scale, a / scale];
  const m2 = m0 * (-cx - tx) + m1 * (-cy - ty) + cx;
  const m5 = m3 * (-cx - tx) + m4 * (-cy - ty) + cy;
  return [m0, m1, m2, m3, m4, m5];
}
