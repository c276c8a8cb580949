import type { Tensor } from "../../core.ts";

/** Sees the batch norms that run while it watches. */
export interface BatchNormWatcher {
  /** Told of mean and biased variance of a batch that is normalised by them, before running statistics move. */
  measured(mean: Tensor, variance: Tensor): void;
  /** Told, perhaps much later, that a backward pass goes through a batch norm that ran while it watched. */
  differentiated(): void;
}

let watchers: readonly BatchNormWatcher[] = [];

/** Lets a watcher see batch norms until the function that is returned is called. For recorders; it is cheap to do so around a call. */
export function watchBatchNorm(watcher: BatchNormWatcher): () => void {
  watchers = [...watchers, watcher];
  return () => void (watchers = watchers.filter((each) => each !== watcher));
}

/** Who watches now. */
export function batchNormWatchers(): readonly BatchNormWatcher[] {
  return watchers;
}
