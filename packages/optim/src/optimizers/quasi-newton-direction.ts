/** How the gradient changed over a step. */
export interface StepPair {
  /** Change of the gradient. */
  readonly y: Float32Array;
  /** The step. */
  readonly s: Float32Array;
}

/**
 * The direction in which the parameters go: the negative gradient times an estimate of the inverse Hessian that is made of the
 * last steps (two-loop recursion).
 *
 * @see Nocedal & Wright 2006, algorithm 7.4
 */
export function quasiNewtonDirection(gradient: Float32Array, pairs: readonly StepPair[]): Float32Array {
  const direction = gradient.map((value) => -value);
  const last = pairs.at(-1);
  if (last === undefined) return direction;
  const curvatures = pairs.map(({ y, s }) => 1 / dot(y, s));
  const alphas = new Array<number>(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { y, s } = pairs[i]!;
    alphas[i] = dot(s, direction) * curvatures[i]!;
    addScaled(direction, y, -alphas[i]!);
  }
  const scale = dot(last.y, last.s) / dot(last.y, last.y);
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  pairs.forEach(({ y, s }, i) => addScaled(direction, s, alphas[i]! - dot(y, direction) * curvatures[i]!));
  return direction;
}

/** Remembers a step, and forgets the oldest beyond `historySize`; a step that tells nothing of the curvature is left out. */
export function remember(pairs: readonly StepPair[], pair: StepPair, historySize: number): readonly StepPair[] {
  if (!(dot(pair.y, pair.s) > 1e-10)) return pairs;
  return [...pairs, pair].slice(-historySize);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function largestMagnitude(values: Float32Array): number {
  let largest = 0;
  for (const value of values) if (!(Math.abs(value) <= largest)) largest = Math.abs(value);
  return largest;
}

function addScaled(target: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i]! += factor * values[i]!;
}
