/** The class of the largest probability. */
export function classOf(scores: readonly number[]): number {
  return scores.indexOf(Math.max(...scores));
}
