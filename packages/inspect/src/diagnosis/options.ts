import type { Layer } from "@tapegrad/nn/module";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkBoolean,
  checkFunction,
  type OptionCheck,
  orNull,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import { trialSteps } from "../training/check-trial-steps.ts";
import type { SavableOptimizer } from "../training/note-training.ts";
import { checkBatch, checkLoader, checkModel, type Examples, type Loss, lossFunction } from "../training/supervised.ts";

/** The part of an optimizer that a diagnosis needs; all of `@tapegrad/optim` but `LBFGS` have it. */
export interface InspectedOptimizer extends SavableOptimizer {
  readonly paramGroups: readonly { lr: number; readonly params: readonly Tensor[] }[];
}

/** What a model is diagnosed with. */
export interface DiagnoseOptions {
  /** Examples that the model learns from. Some thirty to a few hundred tell most. */
  readonly batch: Examples;
  /** The mean loss of a batch. */
  readonly loss: Loss;
  /** Without one, what concerns it is not asked, and trials are made with Adam. @default none */
  readonly optimizer?: InspectedOptimizer | null;
  /**
   * Your own training step, if you have one: it does all that training does with a batch, and returns the loss. It must use the model
   * and the optimizer that are given here. It is taken five times; more often if it gathers gradients, and up to eight times more if the optimizer lacks parameters of the model, to see
   * whether another one has them. Schedules that it moves are put back; what else it changes, as the memory of another optimizer, is not. @default none
   */
  readonly step?: ((batch: Examples) => unknown) | null;
  /** Other examples of the same kind: whether what is learned from the batch holds for them. @default none */
  readonly heldOut?: Examples | null;
  /** What the batches come from; its first eight are looked at. Its generator is not put back. @default none */
  readonly loader?: AsyncIterable<Examples> | null;
  /** Whether the weights are as they were initialised; null if that is not known. @default null */
  readonly untrained?: boolean | null;
  /** How many steps the batch is learned for, up to 100,000. @default 40 */
  readonly steps?: number;
}

/** The options, checked, and the loss as a function. */
export type CompleteDiagnoseOptions = Required<DiagnoseOptions> & {
  readonly lossOf: (outputs: Tensor, targets: Tensor) => Tensor;
};

/** @throws ValueError naming the caller, of a model that is none, and of options that are unknown, missing or of the wrong kind. */
export function readDiagnoseOptions(caller: string, model: Layer, options: DiagnoseOptions): CompleteDiagnoseOptions {
  checkModel(caller, model);
  const read = readOptions<DiagnoseOptions>(caller, options, {
    batch: [],
    loss: [],
    optimizer: [null, orNull(checkOptimizer)],
    step: [null, orNull(checkFunction)],
    heldOut: [null, orNull((_, __, value) => checkBatch(caller, value))],
    loader: [null, orNull(checkLoader)],
    untrained: [null, orNull(checkBoolean)],
    steps: [40, trialSteps(5)],
  });
  checkBatch(caller, read.batch);
  return { ...read, lossOf: lossFunction(caller, read.loss) };
}

const checkOptimizer: OptionCheck = (caller, name, value) => {
  const { paramGroups, step, zeroGrad, stateDict, loadStateDict } = Object(value) as Partial<InspectedOptimizer>;
  const complete = [step, zeroGrad, stateDict, loadStateDict].every((method) => typeof method === "function");
  if (typeof step === "function" && step.length > 0)
    throw new ValueError(`${caller}: ${name} must step without a closure, which LBFGS does not; leave it out`);
  const groups = Array.isArray(paramGroups) && paramGroups.every(({ params }) => Array.isArray(params));
  if (!complete || !groups)
    throw new ValueError(
      `${caller}: ${name} must have paramGroups, zeroGrad, step, stateDict and loadStateDict, got ${showValue(value)}`,
    );
};
