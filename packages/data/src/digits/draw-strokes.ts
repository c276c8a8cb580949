import type { Stroke } from "./digit-strokes.ts";

/** How strokes are set on paper. Lengths are in pixels. */
export interface Pen {
  /** Half the width of the line. */
  readonly radius: number;
  /** Over what distance the line's edge fades. */
  readonly softness: number;
  /** Where a point of the stroke lies on the picture. */
  readonly place: (x: number, y: number) => readonly [x: number, y: number];
}

/**
 * Draws smooth strokes on a square picture of `size`² values from 0 (paper) to 1 (ink), stored in `picture`.
 *
 * Each stroke is a Catmull–Rom spline through its points, drawn as short straight pieces; a pixel is as dark as the
 * nearest piece makes it.
 */
export function drawStrokes(strokes: readonly Stroke[], pen: Pen, picture: Float32Array, size: number): void {
  for (const stroke of strokes) {
    let from = pen.place(...stroke[0]!);
    for (let i = 1; i < stroke.length; i++) {
      for (let step = 1; step <= piecesPerPoint; step++) {
        const to = pen.place(...splinePoint(stroke, i, step / piecesPerPoint));
        drawPiece(from, to, pen, picture, size);
        from = to;
      }
    }
  }
}

const piecesPerPoint = 4;

/** The point at `t` of the way from point `i − 1` to point `i`. */
function splinePoint(stroke: Stroke, i: number, t: number): readonly [number, number] {
  const b = stroke[i - 1]!;
  const c = stroke[i]!;
  const a = stroke[i - 2] ?? b;
  const d = stroke[i + 1] ?? c;
  const along = (axis: 0 | 1): number => {
    const [p, q, r, s] = [a[axis], b[axis], c[axis], d[axis]];
    return q + (t / 2) * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return [along(0), along(1)];
}

function drawPiece(
  [x0, y0]: readonly [number, number],
  [x1, y1]: readonly [number, number],
  { radius, softness }: Pen,
  picture: Float32Array,
  size: number,
): void {
  const reach = radius + softness / 2;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const lengthSquared = dx * dx + dy * dy || 1;
  const bottom = Math.min(size - 1, Math.floor(Math.max(y0, y1) + reach));
  const right = Math.min(size - 1, Math.floor(Math.max(x0, x1) + reach));
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  for (let y = Math.max(0, Math.ceil(Math.min(y0, y1) - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / lengthSquared));
      const [ex, ey] = [x - x0 - t * dx, y - y0 - t * dy];
      const ink = Math.min(1, (reach - Math.sqrt(ex * ex + ey * ey)) / softness);
      const at = y * size + x;
      if (ink > picture[at]!) picture[at] = ink;
    }
  }
}
