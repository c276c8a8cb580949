import type { Layer } from "@tapegrad/nn";
import { ReduceLROnPlateau } from "@tapegrad/optim";
import { fromHost, Generator, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { mean } from "@tapegrad/tensor/ops/mean";
import { tanh } from "@tapegrad/tensor/ops/tanh";
import { normals } from "@tapegrad/tensor/random";
import fc from "fast-check";
import type { OptimizerLike } from "../laws/optimizer.ts";
import type { ScheduleLike } from "../laws/schedule.ts";
import { architectures } from "./architectures.ts";
import type { ModuleSpec } from "./module-spec.ts";
import { optimizerKinds, optimizers, type OptimizerSpec } from "./optimizers.ts";
import { schedules, type ScheduleSpec } from "./schedules.ts";

/** A training that is made: a model, and the options of the same names that a `Trainer` takes. */
export interface MadeTraining {
  readonly model: Layer;
  /** The mean loss of a batch. */
  readonly loss: (outputs: Tensor) => Tensor;
  readonly optimizer: OptimizerLike & { readonly paramGroups: { lr: number }[]; zeroGrad(): void; step(): void };
  readonly schedule: ScheduleLike;
  readonly scheduleEvery: "epoch" | "step";
  readonly loader: DrawnBatches;
  readonly accumulate: number;
  readonly epochs: number;
}

/** What a `TrainingSpec` is made of. */
export interface TrainingSpecFields {
  readonly model: ModuleSpec;
  readonly optimizer: OptimizerSpec;
  readonly schedule: ScheduleSpec;
  readonly everyStep: boolean;
  readonly accumulate: number;
  /** Whether examples are changed by chance, anew in each epoch. */
  readonly augments: boolean;
}

/** A training that can be made again and again. Weights come from the default generator. */
export class TrainingSpec {
  readonly #fields: TrainingSpecFields;

  constructor(fields: TrainingSpecFields) {
    this.#fields = fields;
  }

  /** A new model with all that trains it, the same each time. */
  make(): MadeTraining {
    const {
      model: spec,
      optimizer: optimizerSpec,
      schedule: scheduleSpec,
      everyStep,
      accumulate,
      augments,
    } = this.#fields;
    const model = spec.make();
    const optimizer = optimizerSpec.make(model.parameters()) as MadeTraining["optimizer"];
    const schedule = scheduleSpec.make(optimizer);
    const scheduleEvery = everyStep && !(schedule instanceof ReduceLROnPlateau) ? "step" : "epoch";
    const loader = new DrawnBatches(spec.inputShape, augments);
    // Bounded, so that hardly a step leads to infinity.
    const loss = (outputs: Tensor): Tensor => mean(tanh(outputs));
    return { model, loss, optimizer, schedule, scheduleEvery, loader, accumulate, epochs };
  }

  /** What fast-check shows of a counterexample. */
  toString(): string {
    const { model, optimizer, schedule, everyStep, accumulate, augments } = this.#fields;
    const when = everyStep ? "step" : "epoch";
    const more = [accumulate > 1 ? `, ${accumulate} batches a step` : "", augments ? ", augmented" : ""].join("");
    return `${String(model)} by ${optimizer.description}, ${schedule.description} each ${when}${more}`;
  }
}

/** Which trainings are drawn; parts of your own are tested by giving arbitraries of them. */
export interface TrainingOptions {
  /** @default architectures() */
  readonly models?: fc.Arbitrary<ModuleSpec>;
  /** @default all optimizers but LBFGS */
  readonly optimizers?: fc.Arbitrary<OptimizerSpec>;
  /** @default schedules() */
  readonly schedules?: fc.Arbitrary<ScheduleSpec>;
}

/** The epochs of drawn trainings, and the batches of an epoch. */
const epochs = 3;
const batches = 3;

/** Small trainings of three epochs of three batches: networks, optimizers, schedules, augmentation, gathered gradients. */
export function trainings(options: TrainingOptions = {}): fc.Arbitrary<TrainingSpec> {
  const models = options.models ?? architectures();
  const kinds = optimizerKinds.filter((kind) => kind !== "LBFGS");
  return fc
    .record({
      model: models.filter(({ make }) => make().parameters().length > 0),
      optimizer: options.optimizers ?? optimizers({ kinds }),
      schedule: options.schedules ?? schedules(),
      everyStep: fc.boolean(),
      accumulate: fc.constantFrom(1, 2),
      augments: fc.boolean(),
    })
    .map((fields) => new TrainingSpec(fields));
}

/** The same few batches in each epoch, changed by chance if they are augmented. The place is an epoch and a batch. */
export class DrawnBatches implements AsyncIterable<{ readonly inputs: Tensor; readonly targets: Tensor }> {
  readonly #shape: Shape;
  readonly #augments: boolean;
  #next = { epoch: 0, batch: 0 };

  constructor(shape: Shape, augments: boolean) {
    this.#shape = shape;
    this.#augments = augments;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<{ readonly inputs: Tensor; readonly targets: Tensor }> {
    const { epoch, batch: first } = this.#next;
    for (let batch = first; batch < batches; batch++) {
      this.#next = { epoch, batch: batch + 1 };
      yield this.#batch(epoch, batch);
    }
    this.#next = { epoch: epoch + 1, batch: 0 };
  }

  #batch(epoch: number, batch: number): { readonly inputs: Tensor; readonly targets: Tensor } {
    const values = normals(new Generator(`batch ${batch}`), sizeOf(this.#shape));
    const noise = normals(new Generator(`epoch ${epoch} batch ${batch}`), values.length);
    if (this.#augments) noise.forEach((each, i) => (values[i]! += 0.1 * each));
    return {
      inputs: fromHost(values, this.#shape),
      targets: fromHost(new Int32Array(this.#shape[0]!), [this.#shape[0]!]),
    };
  }

  stateDict(): unknown {
    return this.#next;
  }

  loadStateDict(state: unknown): void {
    const { epoch, batch } = state as { readonly epoch: number; readonly batch: number };
    this.#next = { epoch, batch };
  }
}
