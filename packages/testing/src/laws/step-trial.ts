import type { Layer } from "@tapegrad/nn";
import { manualSeed, Tensor } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { checkMembers } from "./check-members.ts";
import { type Snapshot, snapshot } from "./same-bits.ts";

/** What the law needs of an optimizer: which parameters it moves. Those of `@tapegrad/optim` tell. */
export interface TrainingStepOptimizer {
  readonly paramGroups: readonly { readonly params: readonly Tensor[]; lr: number }[];
  /** Forgets the gradients. */
  zeroGrad(): void;
  /** One step. */
  step(): void;
}

/** What a step learns with: all that it may change are the model and the optimizer. */
export interface StepTraining {
  readonly model: Layer;
  readonly optimizer: TrainingStepOptimizer;
  /** Examples along the first axis, at least two. */
  readonly batch: { readonly inputs: Tensor; readonly targets: Tensor };
}

/** A training that can be made again and again: a `ClassificationSpec` is one. */
export interface StepSubject<T extends StepTraining> {
  /** Makes it, with values of the default generator, so that a seed repeats it. */
  make(): T;
}

/** A user's own step. It returns the loss before it moved anything. */
export type TrainingStep<T extends StepTraining> = (training: T) => Tensor | number | Promise<Tensor | number>;

/** Makes a training anew as often as it is needed, and takes steps with it. */
export class Trial<T extends StepTraining> {
  readonly #make: () => T;
  readonly #step: TrainingStep<T>;
  readonly #seed: number;

  constructor(make: () => T, step: TrainingStep<T>, seed: number) {
    this.#make = make;
    this.#step = step;
    this.#seed = seed;
  }

  start(): T {
    manualSeed(this.#seed);
    const training = this.#make();
    checkMembers("trainingStepLaw: model", training.model, ["namedParameters", "namedBuffers", "train", "forward"]);
    checkMembers("trainingStepLaw: optimizer", training.optimizer, ["zeroGrad", "step"]);
    return training;
  }

  /** Takes step `number`, which draws the same random numbers whenever it is taken. */
  async take(training: T, number: number): Promise<number> {
    manualSeed(this.#seed + number);
    const made = await this.#step(training);
    const loss = made instanceof Tensor && made.size === 1 ? await made.item() : made;
    if (!(typeof loss === "number" && Number.isFinite(loss)))
      throw new Error(`step ${number} returned ${showValue(loss)}, expected the loss: one finite number`);
    return loss;
  }

  async takeMany(training: T, steps: number): Promise<readonly number[]> {
    const losses: number[] = [];
    for (let number = 1; number <= steps; number++) losses.push(await this.take(training, number));
    return losses;
  }
}

/** The modes of all modules, and the values of all tensors that a step gets to see. */
export interface Noted {
  readonly modes: ReadonlyMap<string, boolean>;
  readonly parameters: Snapshot;
  readonly buffers: Snapshot;
  readonly batch: Snapshot;
}

export function note({ model, batch }: StepTraining): Noted {
  return {
    modes: new Map(model.namedModules().map(([name, { training }]) => [name, training])),
    parameters: snapshot(model.namedParameters()),
    buffers: snapshot(model.namedBuffers()),
    batch: snapshot(Object.entries(batch)),
  };
}

/** In float32, losses are as far from each other by rounding. */
export const ROUNDING = 2e-5;
