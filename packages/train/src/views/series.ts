/** How many points are kept: enough for a curve as wide as a screen. */
const mostPoints = 1024;

/** A point of a curve. */
export type Point = readonly [x: number, y: number];

/** A curve that may go on for ever: once there are many points, each two become one. */
export class Series {
  #points: Point[] = [];
  /** How many values a point is the mean of. */
  #stride = 1;
  #sum = 0;
  #count = 0;
  #x = 0;

  /** Takes a value in; `x` grows. */
  add(x: number, y: number): void {
    this.#x = x;
    this.#sum += y;
    if (++this.#count < this.#stride) return;
    this.#points.push(this.#rest());
    this.#sum = this.#count = 0;
    if (this.#points.length < mostPoints) return;
    this.#points = joinPairs(this.#points);
    this.#stride *= 2;
  }

  /** Means of values that follow each other, at the last one's `x`. */
  get points(): readonly Point[] {
    return this.#count === 0 ? this.#points : [...this.#points, this.#rest()];
  }

  #rest(): Point {
    return [this.#x, this.#sum / this.#count];
  }
}

/** A curve of at most so many points, each the mean of as many that follow each other. */
export function thinned(points: readonly Point[], most: number): readonly Point[] {
  return points.length <= most ? points : thinned(joinPairs(points), most);
}

function joinPairs(points: readonly Point[]): Point[] {
  const pairs = points.flatMap(([x, y], i): Point[] => (i % 2 === 0 ? [] : [[x, (points[i - 1]![1] + y) / 2]]));
  return points.length % 2 === 0 ? pairs : [...pairs, points.at(-1)!];
}
