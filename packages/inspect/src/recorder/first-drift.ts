import { evaluating, type Module } from "@tapegrad/nn";
import { noteState } from "@tapegrad/nn/internal";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { noGrad, Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkFinite,
  checkFunction,
  hideFromRecorders,
  type OptionCheck,
  orNull,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { aboveChance } from "../diagnosis/classes.ts";
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
  /**
   * How far accuracy may fall below the best before it counts as lost. With targets, the examples that are lost must also outnumber
   * those that are won beyond chance, by more than three times the root of both together; and accuracy that was never beyond guessing, by
   * three standard deviations, cannot be lost.
   *
   * @default 0.1
   */
  readonly tolerance?: number;
  /**
   * How good outputs are, the larger the better. By default the share of right classes; without targets, the share of classes
   * that agree with those of the oldest moment, which then counts as the best.
   *
   * @default null
   */
  readonly measure?: ((outputs: Tensor) => number | Promise<number>) | null;
  /**
   * Tries every moment of the recording, so that the best one is known and the event is the first that took accuracy away. It takes one
   * forward pass for each event that moved something. Without, it takes about 16, the logarithm of their number, and two for each of up to
   * 16 earlier stretches in which statistics moved while evaluating, of which the first that took accuracy away is taken.
   *
   * @default false
   */
  readonly exhaustive?: boolean;
}

/** The event that `firstDrift` finds. `String(drift)` says it in a sentence. */
export interface Drift {
  /** The statistics before it give accuracy, those after it do not. */
  readonly event: RecordedEvent;
  /** The best accuracy of the moments that were tried, and with which event they came; -1 for those before the first event. */
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
/** So many stretches of moves while evaluating are tried. */
const suspected = 16;
/** By so many standard deviations the examples that were lost must outnumber those that were won. */
const significant = 3;
/** With fewer, not even the loss of all is beyond chance. */
const fewest = significant ** 2 + 1;

/** How good statistics are. */
interface Quality {
  readonly accuracy: number;
  /** Which examples get their right class; null where that is not what is measured. */
  readonly right: readonly boolean[] | null;
  /** Whether more are right than by guessing; null where that is not known. */
  readonly knows: boolean | null;
}

/** See `StatisticsRecorder.firstDrift`. */
export async function findFirstDrift(
  replay: Replay,
  batch: DriftBatch,
  options: FirstDriftOptions,
): Promise<Drift | null> {
  const { tolerance, measure, exhaustive } = readOptions<FirstDriftOptions>("firstDrift", options, {
    tolerance: [0.1, checkTolerance],
    measure: [null, orNull(checkFunction)],
    exhaustive: [false, checkBoolean],
  });
  const { states } = replay;
  const qualityAt = await qualities(replay, batch, measure);
  const last = states.length - 1;
  const searched = batch instanceof Tensor && measure === null ? 0 : exhaustive ? last : Math.min(tried, last);
  let [low, best] = [0, await qualityAt(0)];
  for (let i = 1; i <= searched; i++) {
    const at = Math.round((i * last) / searched);
    const quality = await qualityAt(at);
    if (quality.accuracy >= best.accuracy || Number.isNaN(best.accuracy)) [low, best] = [at, quality];
  }
  const index = states[low]!.index;
  const isLost = async (at: number): Promise<boolean> => {
    const { accuracy, right } = await qualityAt(at);
    return !(accuracy >= best.accuracy - tolerance) && (right === null || isBeyondChance(best.right!, right));
  };
  if (best.knows === false || Number.isNaN(best.accuracy) || !(await isLost(last))) return null;
  const high = exhaustive
    ? await firstCrossing(isLost)
    : await suspectedCrossing(isLost, replay, await someCrossing(isLost, low, last));
  const found = {
    event: replay.eventAt(states[high]!.index),
    best: { accuracy: best.accuracy, index },
    before: (await qualityAt(high - 1)).accuracy,
    after: (await qualityAt(high)).accuracy,
  };
  return { ...found, toString: () => inWords(found) };
}

const checkTolerance: OptionCheck = (caller, name, value) => {
  checkFinite(caller, name, value);
  if ((value as number) < 0) throw new ValueError(`${caller}: ${name} must not be negative, got ${showValue(value)}`);
};

type LostAt = (at: number) => Promise<boolean>;

/** Halves what lies between a state that is not lost and a later one that is, until they are neighbours. */
async function someCrossing(isLost: LostAt, good: number, lost: number): Promise<number> {
  let [low, high] = [good, lost];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await isLost(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** A stretch of states that calls made which nothing learned from: the state before the first, and that after the last. */
interface Stretch {
  readonly from: number;
  to: number;
}

/** The crossing in the first stretch of moves while evaluating that has one, or else the one that was found. */
async function suspectedCrossing(isLost: LostAt, { states, eventAt }: Replay, found: number): Promise<number> {
  const stretches: Stretch[] = [];
  for (let at = 1; at < found && stretches.length <= suspected; at++) {
    const event = eventAt(states[at]!.index);
    if (event.event !== "call" || event.activity !== "evaluating") continue;
    const last = stretches.at(-1);
    if (last?.to === at - 1) last.to = at;
    else stretches.push({ from: at - 1, to: at });
  }
  for (const { from, to } of stretches.slice(0, suspected))
    if (!(await isLost(from)) && (await isLost(to))) return someCrossing(isLost, from, to);
  return found;
}

/** The first state that is lost behind one that is not; there is one. */
async function firstCrossing(isLost: LostAt): Promise<number> {
  let at = 1;
  while ((await isLost(at - 1)) || !(await isLost(at))) at++;
  return at;
}

/** Whether more examples were lost, of those that changed, than chance explains: a sign test. */
function isBeyondChance(before: readonly boolean[], after: readonly boolean[]): boolean {
  const lost = before.filter((right, i) => right && !after[i]).length;
  const won = after.filter((right, i) => right && !before[i]).length;
  return lost - won > significant * Math.sqrt(lost + won);
}

/** Tries states on the batch, each once. */
async function qualities(
  replay: Replay,
  batch: DriftBatch,
  measure: FirstDriftOptions["measure"],
): Promise<(at: number) => Promise<Quality>> {
  const [inputs, targets] = partsOf(batch);
  const outputsOf = (at: number): Tensor => outputsWith(replay, replay.states[at]!.states, inputs);
  let wanted: ArrayLike<number> | null = targets === null ? null : await targets.data();
  if (wanted === null && measure === null) wanted = await classesOf(outputsOf(0)).data();
  const known = new Map<number, Quality>();
  const look = async (at: number): Promise<Quality> => {
    const outputs = outputsOf(at);
    if (measure) return { accuracy: await measure(outputs), right: null, knows: null };
    const right = agreements(await classesOf(outputs).data(), wanted!);
    if (targets !== null && right.length < fewest)
      throw new ValueError(
        `firstDrift: expected ${fewest} examples or more, which tell a loss from chance, got ${right.length}`,
      );
    const accuracy = right.filter(Boolean).length / right.length;
    if (targets === null) return { accuracy, right: null, knows: null };
    return { accuracy, right, knows: aboveChance(accuracy, wanted!, outputs.shape[1]!) > significant };
  };
  return async (at) => {
    const quality = known.get(at) ?? (await look(at));
    known.set(at, quality);
    return quality;
  };
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

/** Of each example, whether its class is the right one. */
function agreements(classes: ArrayLike<number>, right: ArrayLike<number>): readonly boolean[] {
  if (classes.length !== right.length)
    throw new ValueError(`firstDrift: expected as many targets as outputs, ${classes.length}, got ${right.length}`);
  return Array.from(right, (label, i) => classes[i] === label);
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
