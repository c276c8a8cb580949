import type { BatchStatistics, RecordedCall, RunningStatistics, StatisticsRecording } from "@tapegrad/inspect";
import type { MistakeName } from "../run-state.ts";
import { distanceOf } from "./distance-of.ts";

/** What a recording shows. */
export interface Diagnosis {
  /** Null if nothing is wrong. */
  readonly mistake: MistakeName | null;
  /** What was seen, in words. */
  readonly evidence: string;
}

/** Variances of a batch that are so many times the running ones are no chance, nor are means so many standard deviations away. */
const farOff = { spread: 25, mean: 10 };

/**
 * Names the mistake that a recording of running statistics shows. It looks at the recording alone: at modes, gradients, batch sizes
 * and at where statistics went.
 */
export function nameMistake(recording: StatisticsRecording): Diagnosis {
  const calls = recording.events.filter((event) => event.event === "call");
  const found = thaw(calls) ?? poison(recording, calls) ?? onlyTheLastBatch(calls) ?? evaluationInTrainMode(calls);
  return found ?? { mistake: null, evidence: "Nothing moved the running statistics that should not have." };
}

type Found = Diagnosis | undefined;

/** A batch unlike all others went into the statistics, or somebody wrote into them. */
function poison({ events }: StatisticsRecording, calls: readonly RecordedCall[]): Found {
  const assigned = events.find((event) => event.event === "change" && event.kind === "assigned");
  if (assigned !== undefined)
    return {
      mistake: "poisoned",
      evidence: `The running statistics of ${assigned.layer} changed at step ${assigned.step}, and no batch had passed: somebody wrote into them.`,
    };
  const call = calls.find(({ moved, batch, before }) => moved && batch !== null && isFarOff(batch, before));
  if (call === undefined) return undefined;
  const { step, layer, before, after } = call;
  const times = (of: BatchStatistics): string => number(spreadOver(of, before));
  return {
    mistake: "poisoned",
    evidence: `After ${step} steps, ${layer} met a batch with ${times(call.batch!)} times the variance that it knew, its means ${number(distanceOf(call.batch!.mean, before))} standard deviations off. One such batch made its running variance ${times(after)} times as large, and eval mode normalises every digit by that.`,
  };
}

function isFarOff(batch: BatchStatistics, before: RunningStatistics): boolean {
  // Not a number is far off, too.
  return !(distanceOf(batch.mean, before) <= farOff.mean && spreadOver(batch, before) <= farOff.spread);
}

/** By how much variances exceed the running ones: the geometric mean over the channels. */
function spreadOver({ variance }: BatchStatistics, running: RunningStatistics): number {
  const logarithms = variance.map((value, c) => Math.log((value + 1e-5) / (running.variance[c]! + 1e-5)));
  return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length);
}

function number(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(1);
}

/** Momentum 1: what stays is the last batch. */
function onlyTheLastBatch(calls: readonly RecordedCall[]): Found {
  const forgetful = calls.filter(({ moved, momentum }) => moved && momentum === 1);
  if (forgetful.length === 0) return undefined;
  const { batchSize } = forgetful.at(-1)!;
  return {
    mistake: "momentum-1",
    evidence: `${layersOf(forgetful)} saw ${batchesIn(forgetful)}, and after each of them the running means were those of that batch: momentum 1 forgets everything before. Eval mode now normalises every digit by the last batch, which held ${batchSize === 1 ? "a single digit" : `${batchSize} digits`}.`,
  };
}

/** A layer that learned in eval mode, and then in train mode. */
function thaw(calls: readonly RecordedCall[]): Found {
  const held = calls.filter(({ mode, gradients }) => mode !== "train" && gradients);
  const after = calls.filter(
    ({ mode, layer, index }) => mode === "train" && held.some((each) => each.layer === layer && each.index < index),
  );
  if (after.length === 0) return undefined;
  const [first, last] = [held[0]!, held.at(-1)!];
  const drift = Math.max(
    ...after.slice(0, 2).map(({ batch, before }) => (batch === null ? 0 : distanceOf(batch.mean, before))),
  );
  return {
    mistake: "frozen-then-thawed",
    evidence: `${layersOf(held)} kept their statistics from step ${first.step} to ${last.step} while the weights before them learned, and were then thawed. The first batch in train mode lay ${number(drift)} standard deviations from what they held: the network had learned to be normalised otherwise.`,
  };
}

/** Predictions in train mode, where each batch normalises itself and moves the statistics. */
function evaluationInTrainMode(calls: readonly RecordedCall[]): Found {
  const moving = calls.filter(({ moved, activity }) => moved && activity === "evaluating");
  if (moving.length === 0) return undefined;
  const [first, last] = [moving[0]!, moving.findLast(({ layer }) => layer === moving[0]!.layer)!];
  const moved = `moved their running means by ${distanceOf(last.after.mean, first.before).toFixed(2)} standard deviations`;
  const alone = moving.every(({ batchSize }) => batchSize === 1);
  const how = `${layersOf(moving)} ran in train mode without gradients, for ${batchesIn(moving)}`;
  return alone
    ? {
        mistake: "batch-of-one",
        evidence: `${how} of one digit. Each digit was normalised by itself alone, which takes away what tells it from others. They ${moved}.`,
      }
    : {
        mistake: "forgot-eval",
        evidence: `${how} of ${first.batchSize}: nobody called eval(). Each batch was normalised by itself. They ${moved}; noGrad stops gradients, not that.`,
      };
}

function layersOf(calls: readonly RecordedCall[]): string {
  return [...new Set(calls.map(({ layer }) => layer))].join(" and ");
}

function batchesIn(calls: readonly RecordedCall[]): string {
  const count = new Set(calls.map(({ pass }) => pass)).size;
  return count === 1 ? "one batch" : `${count} batches`;
}
