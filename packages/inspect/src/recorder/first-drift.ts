import { evaluating, type Module } from "@tapegrad/nn";
import { noteState } from "@tapegrad/nn/internal";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { noGrad, Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkFinite,
  checkFunction,
  hideFromRecorders,
  orNull,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import type { HostStatistics } from "./event-log.ts";
import type { RecordedEvent } from "./recording.ts";
import { changeInWords } from "./who-moved.ts";

/** Inputs, with the right classes if they are known. */
export type DriftBatch =
  | Tensor
  | readonly [inputs: Tensor, targets: Tensor]
  | { readonly inputs: Tensor; readonly targets: Tensor };

/** Options of `firstDrift`. */
export interface FirstDriftOptions {
  /** How far accuracy may fall below the best before it counts as lost. @default 0.05 */
  readonly tolerance?: number;
  /**
   * How good outputs are, the larger the better. By default the share of right classes; without targets, the share of classes
   * that agree with those of the moment that is searched from, which then is the oldest.
   *
   * @default null
   */
  readonly measure?: ((outputs: Tensor) => number | Promise<number>) | null;
}

/** The event that `firstDrift` finds. `String(drift)` says it in a sentence. */
export interface Drift {
  /** The statistics before it give accuracy, those after it do not. */
  readonly event: RecordedEvent;
  /** The best accuracy that recorded statistics give, and with which event they came; -1 for those before the first event. */
  readonly best: { readonly accuracy: number; readonly index: number };
  readonly before: number;
  readonly after: number;
  toString(): string;
}

/** The statistics of all layers after an event; -1: before the oldest. */
export interface StateAfter {
  readonly index: number;
  readonly states: readonly HostStatistics[];
}

/** What a search needs of a recorder. */
export interface Replay {
  readonly model: Module;
  /** All states, the oldest first: one before the events, and one for each event that changed something. */
  readonly states: readonly StateAfter[];
  eventAt(index: number): RecordedEvent;
  /** Gives the layers statistics. */
  assign(states: readonly HostStatistics[]): void;
}

/** So many states are tried to find the best, beside the oldest. */
const tried = 16;

/** See `StatisticsRecorder.firstDrift`. */
export async function findFirstDrift(
  replay: Replay,
  batch: DriftBatch,
  options: FirstDriftOptions,
): Promise<Drift | null> {
  const read = readOptions<FirstDriftOptions>("firstDrift", options, {
    tolerance: [0.05, checkFinite],
    measure: [null, orNull(checkFunction)],
  });
  const [inputs, targets] = partsOf(batch);
  const { states } = replay;
  const outputsOf = (at: number): Tensor => outputsWith(replay, states[at]!.states, inputs);
  let right: ArrayLike<number> | null = targets === null ? null : await targets.data();
  if (right === null && read.measure === null) right = await classesOf(outputsOf(0)).data();
  const known = new Map<number, number>();
  const accuracyAt = async (at: number): Promise<number> => {
    let accuracy = known.get(at);
    if (accuracy === undefined) {
      const outputs = outputsOf(at);
      accuracy = read.measure === null ? share(await classesOf(outputs).data(), right!) : await read.measure(outputs);
      known.set(at, accuracy);
    }
    return accuracy;
  };

  const last = states.length - 1;
  let [low, most] = [0, await accuracyAt(0)];
  if (targets !== null || read.measure !== null)
    for (let i = 1; i <= Math.min(tried, last); i++) {
      const at = Math.round((i * last) / Math.min(tried, last));
      if ((await accuracyAt(at)) >= most) [low, most] = [at, await accuracyAt(at)];
    }
  const isLost = (accuracy: number): boolean => !(accuracy >= most - read.tolerance);
  if (!isLost(await accuracyAt(last))) return null;
  const best = { accuracy: most, index: states[low]!.index };
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isLost(await accuracyAt(middle))) high = middle;
    else low = middle;
  }
  const found = {
    event: replay.eventAt(states[high]!.index),
    best,
    before: await accuracyAt(low),
    after: await accuracyAt(high),
  };
  return { ...found, toString: () => inWords(found) };
}

/** @throws ValueError unless the batch is inputs, or inputs and targets. */
function partsOf(batch: DriftBatch): readonly [inputs: Tensor, targets: Tensor | null] {
  if (batch instanceof Tensor) return [batch, null];
  const { inputs, targets } = Array.isArray(batch) ? { inputs: batch[0], targets: batch[1] } : Object(batch);
  if (!(inputs instanceof Tensor && targets instanceof Tensor))
    throw new ValueError(`firstDrift: expected inputs, or inputs and targets, got ${showValue(batch)}`);
  return [inputs, targets];
}

/** The outputs in eval mode with these statistics. Everything is put back. */
function outputsWith({ model, assign }: Replay, states: readonly HostStatistics[], inputs: Tensor): Tensor {
  const show = hideFromRecorders();
  const restore = noteState(model);
  try {
    assign(states);
    const forward = (): unknown => Reflect.apply(model.forward as (x: Tensor) => unknown, model, [inputs]);
    const outputs = evaluating(model, () => withoutModeGuard(() => noGrad(forward)));
    if (outputs instanceof Tensor) return outputs;
    throw new ValueError("firstDrift: expected a model whose output is a tensor");
  } finally {
    restore();
    show();
  }
}

function classesOf(outputs: Tensor): Tensor {
  if (outputs.rank === 2 && outputs.shape[1]! > 0) return argmax(outputs, 1);
  throw new ValueError(
    `firstDrift: outputs of shape [${outputs.shape.join(", ")}] are no scores of classes; pass measure`,
  );
}

function share(classes: ArrayLike<number>, right: ArrayLike<number>): number {
  if (classes.length !== right.length)
    throw new ValueError(`firstDrift: expected as many targets as outputs, ${classes.length}, got ${right.length}`);
  let count = 0;
  for (let i = 0; i < right.length; i++) if (classes[i] === right[i]) count++;
  return count / right.length;
}

function inWords({ event, best, before, after }: Omit<Drift, "toString">): string {
  const what =
    event.event === "change"
      ? changeInWords(event)
      : `${event.place} called it while ${event.activity}, at step ${event.step}, in ${event.mode} mode: ${event.because}`;
  const layer = event.layer || "the model";
  return (
    `Accuracy in eval mode was ${show(best.accuracy)} at best, and could not be after event ${event.index}, which took it from ` +
    `${show(before)} to ${show(after)}. It moved ${layer}: ${what}`
  );
}

function show(accuracy: number): string {
  return String(Number(accuracy.toPrecision(3)));
}
