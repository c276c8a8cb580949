import { explainChange } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import type { BatchNorm } from "../layers/norm/batch-norm.ts";
import type { Layer } from "../module/module.ts";
import { textTable } from "../report/text-table.ts";
import type { Batches } from "./inputs-of.ts";
import { noteStatistics, trackingNorms, updateBatchNorm, type UpdateBatchNormOptions } from "./update-batch-norm.ts";

/** How far statistics lie from others, channel by channel. */
export interface ChannelDistances {
  /** `|μ − μ_running| / √(σ²_running + eps)`: how far the means part, in standard deviations. */
  readonly meanShift: readonly number[];
  /** `σ² / σ²_running`. */
  readonly varianceRatio: readonly number[];
}

/** How far a batch norm's statistics lie from others, by channel and in all. */
export interface StatisticsGap extends ChannelDistances {
  /** Root mean square of `meanShift`. */
  readonly meanDrift: number;
  /** Root mean square of `ln varianceRatio`: 0.69 is a factor of two. */
  readonly varianceDrift: number;
}

/** The drift of one batch norm. */
export interface LayerDrift extends StatisticsGap {
  /** Its name in the network. */
  readonly name: string;
}

/** The drift of all batch norms, in the order of the network's fields. `String(drift)` is a table. */
export interface StatisticsDrift {
  readonly layers: readonly LayerDrift[];
  /** The layer whose statistics lie farthest from the data's, by both distances added; null if there are none. */
  readonly worst: LayerDrift | null;
  /** The layers as a table. */
  toString(): string;
}

/**
 * Compares the running statistics of a network with those that `updateBatchNorm` would give it on this data. They
 * differ if it was trained on other data, with a momentum that forgets too fast, or not long enough. Nothing is
 * changed.
 */
export async function statisticsDrift(
  model: Layer,
  loader: Batches,
  options: UpdateBatchNormOptions = {},
): Promise<StatisticsDrift> {
  checkModule("statisticsDrift: model", model);
  const norms = trackingNorms(model);
  const names = new Map(model.namedModules().map(([name, module]) => [module, name]));
  const before = await Promise.all(norms.map(statisticsOf));
  const restore = noteStatistics(norms);
  const layers: LayerDrift[] = [];
  try {
    await updateBatchNorm(model, loader, options);
    for (const [i, norm] of norms.entries()) {
      const gap = channelDistances(await statisticsOf(norm), before[i]!, norm.eps);
      layers.push({ name: names.get(norm)!, ...gap });
    }
  } finally {
    explainChange("statisticsDrift", restore);
  }
  const worst = layers.reduce<LayerDrift | null>((a, b) => (a === null || total(b) > total(a) ? b : a), null);
  return { layers, worst, toString: () => table(layers, worst) };
}

interface HostStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

async function statisticsOf({ runningMean, runningVar }: BatchNorm): Promise<HostStatistics> {
  const [mean, variance] = await Promise.all([runningMean!.data(), runningVar!.data()]);
  return { mean, variance };
}

/** How far statistics lie from the running ones. A variance of 0 counts as `eps`. */
export function channelDistances(
  { mean, variance }: HostStatistics,
  running: HostStatistics,
  eps: number,
): StatisticsGap {
  const channels = Array.from({ length: mean.length }, (_, c) => c);
  const floor = eps > 0 ? eps : Number.MIN_VALUE;
  return gapOf({
    meanShift: channels.map((c) => Math.abs(mean[c]! - running.mean[c]!) / Math.sqrt(running.variance[c]! + floor)),
    varianceRatio: channels.map((c) => (variance[c]! + floor) / (running.variance[c]! + floor)),
  });
}

/** Distances with their root mean squares over the channels. */
export function gapOf(distances: ChannelDistances): StatisticsGap {
  const { meanShift, varianceRatio } = distances;
  const varianceDrift = rootMeanSquare(varianceRatio.map(Math.log));
  return { ...distances, meanDrift: rootMeanSquare(meanShift), varianceDrift };
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function total({ meanDrift, varianceDrift }: LayerDrift): number {
  return meanDrift + varianceDrift;
}

function table(layers: readonly LayerDrift[], worst: LayerDrift | null): string {
  if (worst === null) return "No batch norm moves running statistics.";
  const lines = layers.map(({ name, meanDrift, varianceDrift, meanShift }) => [
    name || "itself",
    meanDrift.toFixed(3),
    `×${Math.exp(varianceDrift).toFixed(2)}`,
    String(meanShift.indexOf(Math.max(...meanShift))),
    name === worst.name ? "farthest" : "",
  ]);
  return textTable(["batch norm", "means apart (σ)", "variances apart", "worst channel", ""], lines, [1, 2, 3]);
}
