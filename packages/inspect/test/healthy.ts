import { CrossEntropyLoss, Flatten, Linear, Sequential } from "@tapegrad/nn";
import { Adam, AdamW, RMSprop, SGD } from "@tapegrad/optim";
import { fromHost, Generator, manualSeed, randn, type Tensor } from "@tapegrad/tensor";
import { architectures, type ModuleSpec, schedules, type ScheduleSpec, trainings } from "@tapegrad/testing";
import fc from "fast-check";
import type { Patient } from "./patients.ts";

/** A sound training that was drawn: nothing may be found in it. */
export interface HealthyTraining {
  readonly description: string;
  readonly make: () => Promise<Patient>;
}

const classes = 5;
const examples = 32;

/** Optimizers with options that one begins with. */
const optimizers = {
  "SGD(lr 0.05, momentum 0.9)": (params: readonly Tensor[]) => new SGD(params, { lr: 0.05, momentum: 0.9 }),
  "SGD(lr 0.01, weightDecay 5e-4)": (params: readonly Tensor[]) => new SGD(params, { lr: 0.01, weightDecay: 5e-4 }),
  "Adam(lr 0.001)": (params: readonly Tensor[]) => new Adam(params),
  "AdamW(lr 0.003)": (params: readonly Tensor[]) => new AdamW(params, { lr: 0.003 }),
  "RMSprop(lr 0.001)": (params: readonly Tensor[]) => new RMSprop(params, { lr: 0.001 }),
} as const;

const usual = optimizers["SGD(lr 0.05, momentum 0.9)"];

/** The rate with which a schedule begins. */
function startOf(schedule: ScheduleSpec | null, { paramGroups: [group] }: SGD | Adam | AdamW | RMSprop): number {
  const paramGroups = [{ lr: group!.lr }];
  schedule?.make({ paramGroups });
  return paramGroups[0]!.lr;
}

/** Random networks with a head of classes, optimizers with usual options, and random schedules. */
export function healthyTrainings(): fc.Arbitrary<HealthyTraining> {
  return fc
    .record({
      spec: architectures(),
      optimizer: fc.constantFrom(...(Object.keys(optimizers) as (keyof typeof optimizers)[])),
      schedule: schedules(),
      seed: fc.nat({ max: 2 ** 16 }),
    })
    .map(({ spec, optimizer, schedule, seed }) => ({
      description: `${String(spec)} by ${optimizer}, ${schedule.description}, seed ${seed}`,
      make: async () => classifier(spec, optimizers[optimizer], schedule, seed),
    }));
}

function classifier(
  spec: ModuleSpec,
  optimizerOf: (params: readonly Tensor[]) => SGD | Adam | AdamW | RMSprop,
  schedule: ScheduleSpec,
  seed: number,
): Patient {
  manualSeed(seed);
  const body = spec.make();
  const [, ...shape] = spec.inputShape;
  const inputs = randn([examples, ...shape]);
  const features = body.forward(inputs).size / examples;
  const model = new Sequential(spec.make(), new Flatten(), new Linear(features, classes));
  const generator = new Generator(seed);
  const targets = fromHost(
    Int32Array.from({ length: examples }, () => generator.integer(classes)),
    [examples],
  );
  let optimizer = optimizerOf(model.parameters());
  // Schedules with rates of their own have rates for SGD.
  if (startOf(schedule, optimizer) > startOf(null, optimizer)) optimizer = usual(model.parameters());
  schedule.make(optimizer);
  return { model, options: { batch: { inputs, targets }, loss: new CrossEntropyLoss(), optimizer } };
}

/** Random trainings of `@tapegrad/testing` as they are: any optimizer, tiny batches, a loss without targets. */
export function drawnTrainings(): fc.Arbitrary<HealthyTraining> {
  return fc.record({ spec: trainings(), seed: fc.nat({ max: 2 ** 16 }) }).map(({ spec, seed }) => ({
    description: `${String(spec)}, seed ${seed}`,
    make: async () => {
      manualSeed(seed);
      const { model, loss, optimizer, loader } = spec.make();
      const { value: batch } = await loader[Symbol.asyncIterator]().next();
      return { model, options: { batch, loss, optimizer: optimizer as never } };
    },
  }));
}
