export type Point = readonly [x: number, y: number];
export type Stroke = readonly Point[];

const size = 28;
/** The height that digits of the training set have in the middle, and the widest they get, in pixels. */
const [tall, wide] = [19, 20];
const penRadius = 1.2;
const softness = 1.4;

/**
 * A drawing as a picture like those that the network learned from: 28 × 28 bytes, in the middle, of their height, drawn with their
 * pen, whatever place and size it had on the board.
 */
export function pictureOfStrokes(strokes: readonly Stroke[]): Uint8Array {
  const picture = new Uint8Array(size * size);
  const place = placement(strokes.flat());
  for (const stroke of strokes) {
    const points = stroke.map(place);
    points.forEach((point, i) => ink(picture, points[i - 1] ?? point, point));
  }
  return picture;
}

function placement(points: readonly Point[]): (point: Point) => Point {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  // A dot has no size to go by.
  const scale = Math.min(tall / Math.max(bottom - top, 1e-3), wide / Math.max(right - left, 1e-3), 1e3);
  const middle = (size - 1) / 2;
  return ([x, y]) => [middle + scale * (x - (left + right) / 2), middle + scale * (y - (top + bottom) / 2)];
}

/** Makes each pixel as dark as its distance from the line wants it. */
function ink(picture: Uint8Array, [x0, y0]: Point, [x1, y1]: Point): void {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const lengthSquared = dx * dx + dy * dy || 1;
  picture.forEach((before, i) => {
    const [x, y] = [i % size, Math.floor(i / size)];
    const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / lengthSquared));
    const distance = Math.hypot(x - x0 - t * dx, y - y0 - t * dy);
    const dark = Math.min(1, Math.max(0, (penRadius + softness / 2 - distance) / softness));
    picture[i] = Math.max(before, Math.round(255 * dark));
  });
}
