import { DataLoader, TensorDataset } from "@tapegrad/data";
import type { Examples } from "@tapegrad/inspect";
import { BatchNorm1d, CrossEntropyLoss, Dropout, type Layer, Linear, MSELoss, ReLU, Sequential } from "@tapegrad/nn";
import {
  Adagrad,
  Adam,
  AdamW,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiStepLR,
  NAdam,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  RMSprop,
  SequentialLR,
  SGD,
  StepLR,
} from "@tapegrad/optim";
import { cast, Generator, manualSeed, reshape, slice, type Tensor } from "@tapegrad/tensor";
import { fit, type TrainOptions } from "@tapegrad/train";
import { classes, convolutional, network, pictures, points } from "../../packages/inspect/test/patients.ts";

type AnOptimizer = SGD | Adam | AdamW | RMSprop | Adagrad | NAdam;

const optimizers: Readonly<Record<string, (params: readonly Tensor[]) => AnOptimizer>> = {
  "SGD with momentum": (params) => new SGD(params, { lr: 0.05, momentum: 0.9 }),
  SGD: (params) => new SGD(params, { lr: 0.02, weightDecay: 5e-4 }),
  Adam: (params) => new Adam(params, { lr: 0.003 }),
  AdamW: (params) => new AdamW(params, { lr: 0.003 }),
  RMSprop: (params) => new RMSprop(params, { lr: 0.001 }),
  Adagrad: (params) => new Adagrad(params, { lr: 0.01 }),
  NAdam: (params) => new NAdam(params),
};

type Schedule = TrainOptions["schedule"] & {};

/** Schedules for so many moves. */
const schedules: Readonly<Record<string, (optimizer: AnOptimizer, moves: number) => Schedule>> = {
  cosine: (optimizer, moves) => new CosineAnnealingLR(optimizer, moves),
  line: (optimizer, moves) => new LinearLR(optimizer, { startFactor: 1, endFactor: 0, totalIters: moves }),
  "one cycle": (optimizer, moves) =>
    new OneCycleLR(optimizer, { maxLr: 0.05, totalSteps: moves, cycleMomentum: false, divFactor: 10 }),
  parabola: (optimizer, moves) => new PolynomialLR(optimizer, { totalIters: moves, power: 2 }),
  "warm restarts": (optimizer, moves) => new CosineAnnealingWarmRestarts(optimizer, Math.ceil(moves / 3)),
  triangles: (optimizer, moves) =>
    new CyclicLR(optimizer, {
      baseLr: 1e-4,
      maxLr: 0.03,
      stepSizeUp: Math.ceil(moves / 4),
      cycleMomentum: false,
    }),
  "exponential to a thousandth": (optimizer, moves) => new ExponentialLR(optimizer, 1e-3 ** (1 / moves)),
  "three steps": (optimizer, moves) => new StepLR(optimizer, Math.ceil(moves / 3)),
  milestones: (optimizer, moves) => new MultiStepLR(optimizer, [Math.ceil(moves / 5), Math.ceil((3 * moves) / 5)]),
  "warm-up and line": (optimizer, moves) =>
    new LambdaLR(optimizer, (step) => Math.min((step + 1) / Math.ceil(moves / 5), 1 - step / moves)),
  "warm-up and root": (optimizer) =>
    new LambdaLR(optimizer, (step) => Math.min((step + 1) / 2, Math.sqrt(2 / (step + 1)))),
  "warm-up and cosine": (optimizer, moves) => {
    const warm = Math.max(1, Math.floor(moves / 5));
    const rise = new LinearLR(optimizer, { startFactor: 0.1, totalIters: warm });
    return new SequentialLR([rise, new CosineAnnealingLR(optimizer, Math.max(1, moves - warm))], [warm]);
  },
  plateau: (optimizer) => new ReduceLROnPlateau(optimizer, { patience: 0 }),
};

interface Task {
  readonly model: () => Layer;
  readonly examples: (count: number, seed: string) => Examples;
  readonly loss: CrossEntropyLoss | MSELoss;
}

const tasks: Readonly<Record<string, Task>> = {
  "points, batch norm and dropout": { model: () => network(), examples: points, loss: new CrossEntropyLoss() },
  "points, no norm": {
    model: () => new Sequential(new Linear(6, 16), new ReLU(), new Linear(16, classes)),
    examples: points,
    loss: new CrossEntropyLoss(),
  },
  "a line": {
    model: () => new Sequential(new Linear(6, 8), new BatchNorm1d(8), new ReLU(), new Dropout(0.1), new Linear(8, 1)),
    examples: (count, seed) => {
      const { inputs, targets } = points(count, seed);
      return { inputs, targets: reshape(cast(targets, "float32"), [count, 1]) };
    },
    loss: new MSELoss(),
  },
  pictures: {
    model: () => convolutional(),
    examples: (count, seed) => {
      const { inputs, targets } = pictures(2 * count);
      const from = seed === "a" ? 0 : count;
      return { inputs: slice(inputs, 0, from, from + count), targets: slice(targets, 0, from, from + count) };
    },
    loss: new CrossEntropyLoss(),
  },
};

interface ShortTraining {
  readonly name: string;
  readonly run: () => ReturnType<typeof fit>;
}

/** Of batches of this size, epochs of so many examples: one batch, several, one that is left over. */
const sizes = [
  { size: 48, count: 48 },
  { size: 24, count: 48 },
  { size: 16, count: 48 },
  { size: 20, count: 49 },
  { size: 12, count: 120 },
  { size: 16, count: 13 },
] as const;

/** All trainings of 1 to 40 steps that there are of these: tasks, optimizers, schedules, sizes and numbers of epochs. */
function* shortTrainings(): IterableIterator<ShortTraining> {
  for (const epochs of [1, 2, 3, 5, 10])
    for (const { size, count } of sizes)
      for (const [task, { model, examples, loss }] of Object.entries(tasks))
        for (const [kind, optimizerOf] of Object.entries(optimizers))
          for (const [schedule, scheduleOf] of Object.entries(schedules))
            for (const scheduleEvery of schedule === "plateau" ? (["epoch"] as const) : (["epoch", "step"] as const)) {
              const batches = Math.ceil(count / size);
              if (epochs * batches > 40) continue;
              const name = `${task}, ${kind}, ${schedule} by ${scheduleEvery}, ${epochs} epochs of ${batches} batches of ${size}, ${count} examples`;
              const run = async (): ReturnType<typeof fit> => {
                const network = model();
                const optimizer = optimizerOf(network.parameters());
                const { inputs, targets } = examples(count, "a");
                const held = examples(count, "b");
                return fit(network, {
                  loss,
                  optimizer,
                  loader: new DataLoader(new TensorDataset(inputs, targets), {
                    batchSize: size,
                    shuffle: true,
                    seed: 1,
                  }),
                  validation: new DataLoader(new TensorDataset(held.inputs, held.targets), { batchSize: 100 }),
                  schedule: scheduleOf(optimizer, scheduleEvery === "step" ? epochs * batches : epochs),
                  scheduleEvery,
                  epochs,
                  record: true,
                  diagnose: { steps: 5 },
                });
              };
              yield { name, run };
            }
}

/** Trains for 1 to 40 steps, with all that is looked at, in which nothing may be found. Returns how often something was. */
export async function tryShort(count: number, seed: number): Promise<number> {
  const all = [...shortTrainings()];
  const generator = new Generator(seed);
  let alarms = 0;
  const hints = new Map<string, number>();
  const told = new Map<string, string>();
  for (let i = 0; i < count; i++) {
    const { name, run } = all[generator.integer(all.length)]!;
    manualSeed(seed);
    const { inspection } = await run();
    const recorded = inspection.recorder?.findings();
    const findings = [...inspection.diagnosis!.findings, ...(recorded?.findings ?? [])];
    for (const { fault } of [...inspection.diagnosis!.hints, ...(recorded?.hints ?? [])]) {
      hints.set(fault, (hints.get(fault) ?? 0) + 1);
      told.set(fault, name);
    }
    if (findings.length === 0) continue;
    alarms++;
    console.log(
      `FALSE ALARM in ${name}\n  ${findings.map(({ verdict, fault }) => `${verdict} [${fault}]`).join("\n  ")}`,
    );
  }
  for (const [fault, times] of hints) console.log(`${times} hints of ${fault}, the last in ${told.get(fault)}`);
  console.log(`${alarms} false alarms`);
  return alarms;
}
