import type { RunningStatistics } from "@tapegrad/inspect";

/** How far means lie from the running ones, in running standard deviations: root mean square over the channels. */
export function distanceOf(means: readonly number[], running: Pick<RunningStatistics, "mean" | "variance">): number {
  const squares = running.mean.map((mean, c) => (means[c]! - mean) ** 2 / (running.variance[c]! + 1e-5));
  return Math.sqrt(squares.reduce((sum, value) => sum + value, 0) / squares.length);
}
