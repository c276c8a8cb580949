import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import type { BatchStatistics, RecordedCall, RecordedEvent, StatisticsRecording } from "./recording.ts";
import { changeInWords } from "./who-moved.ts";

/** Where a recording breaks the law of running statistics. */
export interface LawBreak {
  readonly step: number;
  /** The number of the event. */
  readonly index: number;
  readonly layer: string;
  readonly statistic: "runningMean" | "runningVar" | "numBatchesTracked";
  /** Null for the number of batches. */
  readonly channel: number | null;
  readonly got: number | null;
  readonly expected: number | null;
  /** The line of the program; null where no call changed it. */
  readonly place: string | null;
  /** What was found, as a sentence. */
  readonly message: string;
}

/** Both sums are rounded to float32 a few times. */
const tolerance = 2 ** -20;
/** The smallest number that float32 holds in full. */
const smallest = 2 ** -126;

/**
 * Holds a recording to the law of running statistics: a call that moves them makes `x_new = (1 − α)·x + α·x_t` of them, with the batch's
 * mean and **unbiased** variance, where α is the momentum, or 1/(number of batches) for momentum null, and counts one batch; and nothing
 * else changes them, but what puts them back, resets them, or loads them.
 *
 * @returns the first break of each event, the oldest event first; none if the recording keeps the law.
 */
export function checkLaw(recording: StatisticsRecording): readonly LawBreak[] {
  if (!Array.isArray(recording?.events) || !Array.isArray(recording.layers))
    throw new ValueError(`checkLaw: expected what recorder.recording() gave, got ${showValue(recording)}`);
  const counting = new Set(recording.layers.flatMap(({ name, counts }) => (counts ? [name] : [])));
  return recording.events.flatMap((event) => {
    const found = breakOf(event, counting.has(event.layer));
    return found === null ? [] : [found];
  });
}

function breakOf(event: RecordedEvent, counts: boolean): LawBreak | null {
  const { step, index, layer, before, after } = event;
  if (event.event === "change") {
    if (event.kind !== "assigned" || event.place !== null) return null;
    const channel = before.mean.findIndex((value, c) => !Object.is(value, after.mean[c]));
    const other = before.variance.findIndex((value, c) => !Object.is(value, after.variance[c]));
    const [statistic, at, was, is] =
      channel >= 0
        ? (["runningMean", channel, before.mean, after.mean] as const)
        : (["runningVar", other, before.variance, after.variance] as const);
    const message = `${layer || "the model"}: ${changeInWords(event)}`;
    if (other < 0 && channel < 0) return null;
    return { step, index, layer, statistic, channel: at, got: is[at]!, expected: was[at]!, place: null, message };
  }
  const broken = (
    statistic: LawBreak["statistic"],
    channel: number | null,
    got: number | null,
    expected: number | null,
    hint = "",
  ): LawBreak => {
    const where = `${event.place}, at step ${step}, in event ${index}: ${layer || "the model"}`;
    const of = channel === null ? "" : ` of channel ${channel}`;
    const message = `${where}: ${statistic}${of} is ${got}, expected ${expected}${hint}`;
    return { step, index, layer, statistic, channel, got, expected, place: event.place, message };
  };
  const batches = before.batches === null ? null : before.batches + (event.moved && counts ? 1 : 0);
  if (event.moved && counts && after.batches !== batches)
    return broken("numBatchesTracked", null, after.batches, batches);
  if (!event.moved || event.batch === null) return null;
  const alpha = event.momentum === null ? 1 / (after.batches ?? Number.NaN) : event.momentum;
  if (alpha === undefined || Number.isNaN(alpha)) return null;
  const batch = unbiased(event, event.batch);
  for (const [statistic, key] of [
    ["runningMean", "mean"],
    ["runningVar", "variance"],
  ] as const)
    for (const c of before[key].keys()) {
      // What was saved as JSON has texts for NaN and infinity.
      const [old, got, value] = [Number(before[key][c]), Number(after[key][c]), batch[key][c]!];
      const expected = (1 - alpha) * old + alpha * value;
      if (isNear(got, expected, Math.abs((1 - alpha) * old) + Math.abs(alpha * value))) continue;
      const mistakes = mistakesOf(old, value, event.batch[key][c]!, alpha);
      const [mistake] =
        Object.entries(mistakes).find(([, wrong]) => isNear(got, wrong, Math.abs(old) + Math.abs(value))) ?? [];
      return broken(statistic, c, got, expected, mistake === undefined ? "" : `, as if ${mistake}`);
    }
  return null;
}

/** The batch with the variance that moves the running one. */
function unbiased({ count }: RecordedCall, { mean, variance }: BatchStatistics): BatchStatistics {
  const factor = count === null || count < 2 ? 1 : count / (count - 1);
  return { mean, variance: variance.map((value) => value * factor) };
}

/** What a statistic is after common mistakes. */
function mistakesOf(old: number, value: number, biased: number, alpha: number): Record<string, number> {
  const next = (batch: number, weight: number): number => (1 - weight) * old + weight * batch;
  return {
    "it did not move": old,
    "momentum were the weight of the old value": next(value, 1 - alpha),
    "the batch before were forgotten": value,
    "the variance of the batch were biased": next(biased, alpha),
    "the deviation stood for the variance": next(Math.sqrt(value), alpha),
    "it moved twice": (1 - alpha) * next(value, alpha) + alpha * value,
  };
}

function isNear(got: number, expected: number, magnitude: number): boolean {
  if (!Number.isFinite(expected)) return Object.is(got, expected) || (Number.isNaN(got) && Number.isNaN(expected));
  return Math.abs(got - expected) <= tolerance * magnitude + smallest;
}
