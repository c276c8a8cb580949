/** A point on the line that is searched: the loss, its gradient, and its slope along the line. */
export interface LinePoint {
  /** How far along the direction. */
  readonly t: number;
  readonly loss: number;
  readonly gradient: Float32Array;
  readonly slope: number;
}

/** What a search starts from. */
export interface LineSearch {
  /** Where the line begins: `t` is 0. */
  readonly start: LinePoint;
  /** The first step to try. */
  readonly step: number;
  /** The largest magnitude in the direction. */
  readonly reach: number;
  /** The bracket is not made narrower than this. */
  readonly toleranceChange: number;
  readonly evaluate: (t: number) => Promise<LinePoint>;
}

/** Armijo's and the curvature condition's constants, and the most evaluations, as in torch. */
const c1 = 1e-4;
const c2 = 0.9;
const mostEvaluations = 25;

/**
 * Finds a step that lowers the loss enough and flattens its slope enough (strong Wolfe conditions): first a bracket around one,
 * by steps that grow, then ever narrower brackets, by cubic interpolation.
 *
 * Returns the point found and how many evaluations it took.
 *
 * @see Nocedal & Wright 2006, algorithms 3.5 and 3.6
 */
export async function strongWolfe(
  search: LineSearch,
): Promise<{ readonly point: LinePoint; readonly evaluations: number }> {
  const { start, step, reach, toleranceChange, evaluate } = search;
  const tooHigh = ({ t, loss }: LinePoint): boolean => loss > start.loss + c1 * t * start.slope;
  const flatEnough = ({ slope }: LinePoint): boolean => Math.abs(slope) <= -c2 * start.slope;

  let previous = start;
  let current = await evaluate(step);
  let evaluations = 1;
  let bracket: [LinePoint, LinePoint] | null = null;
  for (let tries = 0; tries < mostEvaluations; tries++) {
    if (tooHigh(current) || (tries > 1 && current.loss >= previous.loss)) bracket = [previous, current];
    else if (flatEnough(current)) return { point: current, evaluations };
    else if (current.slope >= 0) bracket = [previous, current];
    if (bracket !== null) break;
    const t = interpolate(previous, current, current.t + 0.01 * (current.t - previous.t), current.t * 10);
    previous = current;
    current = await evaluate(t);
    evaluations++;
  }
  if (bracket === null) return { point: start.loss <= current.loss ? start : current, evaluations };

  let [low, high] = bracket[0].loss <= bracket[1].loss ? bracket : [bracket[1], bracket[0]];
  let nearEdge = false;
  while (evaluations <= mostEvaluations && Math.abs(high.t - low.t) * reach >= toleranceChange) {
    const [left, right] = [Math.min(low.t, high.t), Math.max(low.t, high.t)];
    let t = interpolate(low, high, left, right);
    // A step close to an end of the bracket makes little progress: at most one in a row.
    const margin = 0.1 * (right - left);
    const close = Math.min(right - t, t - left) < margin;
    const moved: boolean = close && (nearEdge || t >= right || t <= left);
    if (moved) t = Math.abs(t - right) < Math.abs(t - left) ? right - margin : left + margin;
    nearEdge = close && !moved;

    const point = await evaluate(t);
    evaluations++;
    if (tooHigh(point) || point.loss >= low.loss) {
      high = point;
      if (high.loss < low.loss) [low, high] = [high, low];
      continue;
    }
    const done = flatEnough(point);
    if (!done && point.slope * (high.t - low.t) >= 0) high = low;
    low = point;
    if (done) break;
  }
  return { point: low, evaluations };
}

/** The minimum of the cubic through two points with their slopes, within bounds; the middle of the bounds if it has none. */
function interpolate(a: LinePoint, b: LinePoint, least: number, most: number): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 ** 2 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const [left, right] = a.t <= b.t ? [a, b] : [b, a];
  const minimum = right.t - (right.t - left.t) * ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return Math.min(Math.max(minimum, least), most);
}
