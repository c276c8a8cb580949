import type { Batch } from "@tapegrad/data";
import type { Loss, RecordStatisticsOptions } from "@tapegrad/inspect";
import { checkLoader, lossFunction } from "@tapegrad/inspect/internal";
import { ReduceLROnPlateau } from "@tapegrad/optim/reduce-lr-on-plateau";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkFunction,
  checkSeed,
  integerFrom,
  oneOf,
  type OptionCheck,
  orNull,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { type Callback, checkCallbacks } from "../callbacks/callback.ts";
import { checkMetrics, type Metrics } from "../metrics/metric.ts";
import { type CompleteRunOptions, readRunOptions, type RunOptions } from "../runs/run.ts";
import { type AverageOptions, readAverageOptions } from "./averaging.ts";
import { type TrainDiagnoseOptions, trueOrOptionsOf } from "./inspection.ts";
import { checkStateful, type Stateful } from "./stateful.ts";

/** The part of an optimizer that training needs; all of `@tapegrad/optim` but `LBFGS` have it. */
export interface TrainOptimizer {
  readonly paramGroups: readonly { readonly lr: number }[];
  /** Forgets the gradients. */
  zeroGrad(): void;
  /** One step against the gradients. */
  step(): void;
}

/** The part of a schedule that training needs. */
export interface TrainSchedule {
  /** The next epoch or step. @param metric the loss of an epoch; absent if the schedule moves with every step. */
  step(metric?: number): void;
}

/** How a model is trained. */
export interface TrainOptions<B = Batch, M extends Metrics = Record<never, never>> {
  /** Batches to learn from, each loop over it an epoch. */
  readonly loader: AsyncIterable<B>;
  /** The mean loss of a batch. Needed, with `optimizer`, unless there is a `step`. @default none */
  readonly loss?: Loss | null;
  /** @default none */
  readonly optimizer?: TrainOptimizer | null;
  /**
   * Takes one step with a batch in place of forward pass, backward pass and optimizer, and returns the loss to be reported: for
   * several optimizers, penalties, and batches without inputs and targets. @default none
   */
  readonly step?: ((batch: B) => Tensor) | null;
  /** How many epochs. One of `epochs`, `steps` and `maxSeconds` is needed; the first to be reached ends training. @default Infinity */
  readonly epochs?: number;
  /** How many steps of the optimizer. @default Infinity */
  readonly steps?: number;
  /** Training ends after the step in which so many seconds have passed since it was called. @default Infinity */
  readonly maxSeconds?: number;
  /** Batches to measure the model with, in eval mode, after each epoch. @default none */
  readonly validation?: AsyncIterable<Batch> | null;
  /** What is measured in validation beside the loss. Not in training: its outputs are those of train mode. @default none */
  readonly metrics?: M;
  /** Moves the learning rate; `ReduceLROnPlateau` by the validation's loss, or the epoch's. @default none */
  readonly schedule?: TrainSchedule | null;
  /** When the schedule takes a step. @default "epoch" */
  readonly scheduleEvery?: "epoch" | "step";
  /** How many batches make one step, as if they were one: their mean losses count by their examples. @default 1 */
  readonly accumulate?: number;
  /** The largest common norm of all gradients, to which they are scaled. @default none */
  readonly clipGradNorm?: number | null;
  /**
   * What happens when the loss or a weight has become NaN. `"explain"` takes the last steps once more and names the op that made the first
   * NaN, or the data; for that it keeps a copy of the weights and of the optimizer's memory, and the batches of up to thirty steps. `"stop"`
   * only says so. Either way training ends with a `NaNLossError`. Without an optimizer of `@tapegrad/optim`, and on devices that cannot be
   * read at once, nothing is replayed. @default "explain"
   */
  readonly onNaN?: "explain" | "stop";
  /**
   * Records what moves running statistics, from which line, and watches activations, gradients and updates of layers; true, or how much is
   * kept. What was found is in the result and in the `HtmlReport`. @default false
   */
  readonly record?: boolean | RecordStatisticsOptions;
  /**
   * Diagnoses the model, with loss and optimizer, by the first batch, before the first step; true, or how. The first batches, validation, and
   * the learning rate from step to step are looked at when they come; examples of the first epoch are remembered, to tell labels that change and
   * validation that was learned from. What was found is in the result and in the `HtmlReport`; training goes on as if it had not been asked. @default false
   */
  readonly diagnose?: boolean | TrainDiagnoseOptions;
  /** @default none */
  readonly callbacks?: readonly Callback[];
  /** An average of the weights, which the model has in the end, unless training fails. @default none */
  readonly average?: AverageOptions | null;
  /**
   * A folder that keeps the run: its configuration, its metrics, and checkpoints to go on from. Needs files, so it is not for pages.
   * @default none
   */
  readonly run?: string | RunOptions | null;
  /**
   * Goes on with the run that the folder holds, from its last whole checkpoint, to the bit; begins where it holds none. The same model,
   * options and data must be given. @default false
   */
  readonly resume?: boolean;
  /** What else a checkpoint holds, by name: further models, optimizers and generators of a step of your own. @default none */
  readonly state?: Readonly<Record<string, Stateful>>;
  /** Ends training after the step under way. @default none */
  readonly signal?: AbortSignal | null;
  /** The seed of the default generator, which draws masks of dropout. @default it goes on where it is */
  readonly seed?: number | string | null;
}

/** The options, checked, and the loss as a function. */
export type CompleteOptions<B, M extends Metrics> = Required<Omit<TrainOptions<B, M>, "average" | "run">> & {
  readonly average: Required<AverageOptions> | null;
  readonly run: CompleteRunOptions | null;
  readonly lossOf: ((outputs: Tensor, targets: Tensor) => Tensor) | null;
};

/** @throws ValueError of options that are unknown, missing, of the wrong kind, or that exclude each other. */
export function readTrainOptions<B, M extends Metrics>(
  caller: string,
  options: TrainOptions<B, M>,
): CompleteOptions<B, M> {
  const read = readOptions<TrainOptions<B, M>>(caller, options, {
    loader: [],
    loss: [null],
    optimizer: [null, orNull(checkHas("an optimizer", ["zeroGrad", "step"]))],
    step: [null, orNull(checkFunction)],
    epochs: [Infinity, checkLimit],
    steps: [Infinity, checkLimit],
    maxSeconds: [Infinity, checkPositive],
    validation: [null, orNull(checkLoader)],
    metrics: [{} as M, checkMetrics],
    schedule: [null, orNull(checkHas("a schedule", ["step"]))],
    scheduleEvery: ["epoch", oneOf("epoch", "step")],
    accumulate: [1, integerFrom(1)],
    clipGradNorm: [null, orNull(checkPositive)],
    onNaN: ["explain", oneOf("explain", "stop")],
    record: [false, trueOrOptionsOf("recordStatistics")],
    diagnose: [false, trueOrOptionsOf("diagnose")],
    callbacks: [[], checkCallbacks],
    average: [null],
    run: [null],
    resume: [false, checkBoolean],
    state: [{}, checkStateful],
    signal: [null, orNull(checkHas("an AbortSignal", ["addEventListener"]))],
    seed: [null, orNull(checkSeed)],
  });
  checkLoader(caller, "loader", read.loader);
  if (read.step === null && (read.loss === null || read.optimizer === null))
    throw new ValueError(`${caller}: expected loss and optimizer, or a step of your own`);
  if (read.step !== null && (read.optimizer !== null || read.accumulate !== 1 || read.clipGradNorm !== null))
    throw new ValueError(`${caller}: a step of your own takes the place of optimizer, accumulate and clipGradNorm`);
  if (Math.min(read.epochs, read.steps, read.maxSeconds) === Infinity)
    throw new ValueError(`${caller}: say when to end, by epochs, steps or maxSeconds`);
  if (read.validation === null && Object.keys(read.metrics).length > 0)
    throw new ValueError(`${caller}: metrics are measured in validation, and there is none`);
  if (read.schedule === null && options.scheduleEvery !== undefined)
    throw new ValueError(`${caller}: scheduleEvery says how often a schedule moves, and there is no schedule`);
  if (read.schedule instanceof ReduceLROnPlateau && read.scheduleEvery === "step")
    throw new ValueError(`${caller}: ReduceLROnPlateau looks at whole epochs; leave out scheduleEvery`);
  const average = read.average === null ? null : readAverageOptions(caller, read.average);
  const run = read.run === null ? null : readRunOptions(caller, read.run);
  if (run === null && read.resume)
    throw new ValueError(`${caller}: resume goes on with a run; give the folder that keeps it`);
  return { ...read, average, run, lossOf: read.loss === null ? null : lossFunction(caller, read.loss) };
}

const checkCount = integerFrom(1);

/** A positive integer, or no limit. */
export function checkLimit(caller: string, name: string, value: unknown): void {
  if (value !== Infinity) checkCount(caller, name, value);
}

function checkPositive(caller: string, name: string, value: unknown): void {
  if (!(typeof value === "number" && value > 0))
    throw new ValueError(`${caller}: ${name} must be a positive number, got ${showValue(value)}`);
}

function checkHas(kind: string, methods: readonly string[]): OptionCheck {
  return (caller, name, value) => {
    if (!methods.every((method) => typeof Object(value)[method] === "function"))
      throw new ValueError(`${caller}: ${name} must be ${kind}, got ${showValue(value)}`);
  };
}
