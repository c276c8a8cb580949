import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { backward } from "@tapegrad/autograd";
import { encodeTorch, type FileTensor, loadInto, readTorch, saveTorch, type TorchSavable } from "@tapegrad/formats";
import { BatchNorm1d, Dropout, Linear, Sequential } from "@tapegrad/nn";
import * as optim from "@tapegrad/optim";
import { Adam, LBFGS, SGD, WeightAverage } from "@tapegrad/optim";
import { Generator, ones, randn, square, sum, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tapegrad-resume-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Optimizer = SGD | Adam | LBFGS;
type Schedule = (optim.LRScheduler | optim.ComposedSchedule | optim.ReduceLROnPlateau) & { step(metric: number): void };
const optimizers: Readonly<Record<string, (params: readonly Tensor[]) => unknown>> = {
  SGD: (params) => new SGD(params, { lr: 0.1 }),
  "SGD with momentum": (params) => new SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true }),
  Adam: (params) => new Adam(params, { lr: 0.1 }),
  "Adam with amsgrad": (params) => new Adam(params, { lr: 0.1, amsgrad: true }),
  AdamW: (params) => new optim.AdamW(params, { lr: 0.1 }),
  RMSprop: (params) => new optim.RMSprop(params, { momentum: 0.5, centered: true }),
  Adagrad: (params) => new optim.Adagrad(params, { initialAccumulatorValue: 0.1, lrDecay: 0.1 }),
  Adadelta: (params) => new optim.Adadelta(params),
  Adamax: (params) => new optim.Adamax(params),
  NAdam: (params) => new optim.NAdam(params),
  RAdam: (params) => new optim.RAdam(params),
  LBFGS: (params) => new LBFGS(params, { maxIter: 2 }),
};

const schedules: Readonly<Record<string, (o: Optimizer) => Schedule>> = {
  StepLR: (o) => new optim.StepLR(o, 2),
  MultiStepLR: (o) => new optim.MultiStepLR(o, [2, 4]),
  ConstantLR: (o) => new optim.ConstantLR(o, { totalIters: 4 }),
  LinearLR: (o) => new optim.LinearLR(o),
  ExponentialLR: (o) => new optim.ExponentialLR(o, 0.9),
  PolynomialLR: (o) => new optim.PolynomialLR(o),
  LambdaLR: (o) => new optim.LambdaLR(o, (t) => 1 / (1 + t)),
  MultiplicativeLR: (o) => new optim.MultiplicativeLR(o, () => 0.9),
  CosineAnnealingLR: (o) => new optim.CosineAnnealingLR(o, 4),
  CosineAnnealingWarmRestarts: (o) => new optim.CosineAnnealingWarmRestarts(o, 2, { tMult: 2 }),
  CyclicLR: (o) => new optim.CyclicLR(o, { baseLr: 0.01, maxLr: 0.1, stepSizeUp: 2 }),
  OneCycleLR: (o) => new optim.OneCycleLR(o, { maxLr: 0.3, totalSteps: 7 }),
  SWALR: (o) => new optim.SWALR(o, { swaLr: 0.05, annealEpochs: 4 }),
  ReduceLROnPlateau: (o) => new optim.ReduceLROnPlateau(o, { patience: 0 }),
  ChainedScheduler: (o) => new optim.ChainedScheduler([new optim.StepLR(o, 2), new optim.ExponentialLR(o, 0.9)]),
  SequentialLR: (o) =>
    new optim.SequentialLR([new optim.LinearLR(o), new optim.SWALR(o, { swaLr: 0.5 }), new optim.StepLR(o, 1)], [2, 4]),
};

/** A run whose every part has a memory: batch norm, dropout, momenta, rates, averages, random numbers. */
function newRun(makeOptimizer: (params: readonly Tensor[]) => unknown, makeSchedule: (o: Optimizer) => Schedule) {
  const generator = new Generator("run");
  const model = new Sequential(new Linear(3, 4), new BatchNorm1d(4), new Dropout(0.3, { generator }), new Linear(4, 1));
  const optimizer = makeOptimizer(model.parameters()) as Optimizer;
  return {
    model,
    optimizer,
    schedule: makeSchedule(optimizer),
    average: new WeightAverage(model.parameters()),
    generator,
  };
}

type Run = ReturnType<typeof newRun>;

async function epoch({ model, optimizer, schedule, average, generator }: Run): Promise<void> {
  const inputs = randn([5, 3], { generator });
  const closure = (): Tensor => {
    optimizer.zeroGrad();
    const loss = sum(square(model.forward(inputs)));
    backward(loss);
    return loss;
  };
  if (optimizer instanceof LBFGS) await optimizer.step(closure);
  else {
    closure();
    optimizer.step();
  }
  average.update();
  schedule.step(1);
}

/** All that a run holds, to the last bit. */
async function bitsOf(run: Run): Promise<unknown> {
  return plain(await readTorch(await encodeTorch(parts(run))));
}

function parts({ model, optimizer, schedule, average, generator }: Run): TorchSavable {
  return {
    model: model.stateDict(),
    optimizer: optimizer.stateDict(),
    schedule: schedule.stateDict(),
    average: average.stateDict(),
    generator: generator.getState(),
  };
}

/** What a file holds, with the values of its tensors. */
async function plain(value: unknown): Promise<unknown> {
  if (value instanceof Map)
    return Object.fromEntries(await Promise.all(Array.from(value, async ([key, each]) => [key, await plain(each)])));
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  return typeof value === "object" && value !== null && "values" in value ? (value as FileTensor).values() : value;
}

const pairs = [
  ...Object.keys(optimizers).map((name) => [name, "StepLR"] as const),
  ...Object.keys(schedules).map((name) => ["SGD with momentum", name] as const),
];

test.each(pairs)("a run with %s and %s goes on from a file as if it had never stopped", async (optimizer, schedule) => {
  const make = (): Run => newRun(optimizers[optimizer]!, schedules[schedule]!);
  const straight = make();
  const path = join(folder, `${optimizer} ${schedule}.pth`);
  for (let done = 0; done < 6; done++) {
    await epoch(straight);
    if (done === 2) await saveTorch(path, parts(straight));
  }
  const resumed = make();
  await epoch(resumed); // what it knows by then is forgotten
  const file = (await readTorch(path)) as ReadonlyMap<string, unknown>;
  expect([...file.keys()]).toEqual(["model", "optimizer", "schedule", "average", "generator"]);
  for (const [part, state] of file) await loadInto(resumed[part as "model"], state);
  for (let done = 3; done < 6; done++) await epoch(resumed);
  expect(await bitsOf(resumed)).toEqual(await bitsOf(straight));
});

describe("what a PyTorch training script saved", async () => {
  const file = fileURLToPath(new URL("fixtures/torch-runs.pth", import.meta.url));
  const runs = (await readTorch(file)) as ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  const read = async (tensors: readonly FileTensor[]): Promise<Tensor[]> =>
    Promise.all(tensors.map((each) => each.toTensor({ requiresGrad: true })));

  test.each([...runs])("%s goes on here", async (name, run) => {
    const params = await read(run.get("params") as FileTensor[]);
    const make = Object.entries(optim).find(([op]) => op === run.get("op"))![1] as typeof SGD;
    const groups = params.map((param) => ({ params: [param] }));
    const optimizer = new make(groups, { lr: 9 });
    const resumed = (torchSchedules[name.replace(" of Adam", "")] ?? torchSchedules["StepLR"]!)(optimizer);
    await loadInto(optimizer, run.get("optimizer"));
    await loadInto(resumed, run.get("schedule"));
    for (const [step, grads] of (run.get("grads") as FileTensor[][]).entries()) {
      expectClose(
        optimizer.paramGroups.map(({ lr }) => lr),
        (run.get("rates") as number[][])[step]!,
        { rtol: 1e-9, atol: 0 },
      );
      const values = await read(grads);
      params.forEach((param, i) => (param.grad = values[i]!));
      optimizer.step();
      resumed.step(1);
    }
    const after = await read(run.get("after") as FileTensor[]);
    params.forEach((param, i) => expectClose(param, after[i]!, { rtol: 2e-6, atol: 1e-7 }));
  });
});

/** The schedules of `fixtures/make_torch_runs.py`. */
const torchSchedules: Readonly<Record<string, (o: Optimizer) => Schedule>> = {
  StepLR: (o) => new optim.StepLR(o, 2, { gamma: 0.5 }),
  MultiStepLR: (o) => new optim.MultiStepLR(o, [2, 4], { gamma: 0.5 }),
  ConstantLR: (o) => new optim.ConstantLR(o, { factor: 0.5, totalIters: 4 }),
  LinearLR: (o) => new optim.LinearLR(o, { startFactor: 0.5 }),
  ExponentialLR: (o) => new optim.ExponentialLR(o, 0.9),
  PolynomialLR: (o) => new optim.PolynomialLR(o, { totalIters: 7 }),
  LambdaLR: (o) => new optim.LambdaLR(o, (t) => 1 / (1 + t)),
  MultiplicativeLR: (o) => new optim.MultiplicativeLR(o, () => 0.9),
  CosineAnnealingLR: (o) => new optim.CosineAnnealingLR(o, 4),
  CosineAnnealingWarmRestarts: (o) => new optim.CosineAnnealingWarmRestarts(o, 2, { tMult: 2 }),
  ReduceLROnPlateau: (o) => new optim.ReduceLROnPlateau(o, { patience: 0 }),
  ChainedScheduler: (o) =>
    new optim.ChainedScheduler([new optim.StepLR(o, 2, { gamma: 0.5 }), new optim.ExponentialLR(o, 0.9)]),
  SequentialLR: (o) =>
    new optim.SequentialLR(
      [new optim.LinearLR(o, { startFactor: 0.5, totalIters: 2 }), new optim.CosineAnnealingLR(o, 4)],
      [2],
    ),
  OneCycleLR: (o) => new optim.OneCycleLR(o, { maxLr: 0.5, totalSteps: 9 }),
  OneCycleLR_linear: (o) =>
    new optim.OneCycleLR(o, {
      maxLr: [0.5, 0.7],
      epochs: 2,
      stepsPerEpoch: 5,
      annealStrategy: "linear",
      threePhase: true,
    }),
  SWALR: (o) => new optim.SWALR(o, { swaLr: 0.05, annealEpochs: 5 }),
  SWALR_linear: (o) => new optim.SWALR(o, { swaLr: 0.05, annealEpochs: 4, annealStrategy: "linear" }),
  ChainedScheduler_OneCycleLR: (o) =>
    new optim.ChainedScheduler([
      new optim.OneCycleLR(o, { maxLr: 0.5, totalSteps: 9 }),
      new optim.ExponentialLR(o, 0.9),
    ]),
  SequentialLR_OneCycleLR: (o) =>
    new optim.SequentialLR(
      [
        new optim.LinearLR(o, { startFactor: 0.5, totalIters: 2 }),
        new optim.OneCycleLR(o, { maxLr: 0.5, totalSteps: 9 }),
      ],
      [2],
    ),
  SequentialLR_SWALR: (o) =>
    new optim.SequentialLR(
      [new optim.ExponentialLR(o, 0.9), new optim.SWALR(o, { swaLr: 0.05, annealEpochs: 3 })],
      [4],
    ),
};

function trainedAdam(steps: number): Adam {
  const x = tensor([1, 2], { requiresGrad: true });
  const adam = new Adam([x], { lr: 0.1 });
  for (let step = 0; step < steps; step++) {
    x.grad = ones([2]);
    adam.step();
  }
  return adam;
}

test("what is still in a file is read by loadInto, which loadStateDict says", async () => {
  const adam = trainedAdam(2);
  const model = new Linear(2, 2);
  const average = new WeightAverage([ones([2])]);
  const states = { adam: adam.stateDict(), model: model.stateDict(), average: average.stateDict() };
  const file = (await readTorch(await encodeTorch(states))) as ReadonlyMap<string, never>;
  expect(() => adam.loadStateDict(file.get("adam")!)).toThrow(
    "Adam.loadStateDict: state of parameter 0: expAvg is still in a file; await loadInto(optimizer, state) of @tapegrad/formats reads it",
  );
  expect(() => average.loadStateDict(file.get("average")!)).toThrow("averages: 0 is still in a file; await loadInto(");
  expect(() => model.loadStateDict(file.get("model")!)).toThrow(
    "weight is still in a file; await loadInto(model, state)",
  );
  await expect(loadInto(model, file)).rejects.toThrow('under "adam"; findStateDict finds them in a larger checkpoint');
  await expect(loadInto(adam, file.get("none"))).rejects.toThrow(
    new ValueError("loadInto: expected the saved state of a Adam, a Map, got undefined"),
  );
  await expect(loadInto(adam, file.get("model"))).rejects.toThrow("Adam.loadStateDict: paramGroups is missing");
  await expect(loadInto(new Generator(), file.get("model"))).rejects.toThrow(
    "Generator.setState: c must be an integer in [0, 2091640), got undefined",
  );
  await expect(loadInto({} as never, file.get("model"))).rejects.toThrow("expected a model, or what has a stateDict");
});

test("a damaged file leaves an optimizer as it was", async () => {
  const adam = trainedAdam(2);
  const bits = async (): Promise<unknown> => plain(await readTorch(await encodeTorch(adam.stateDict())));
  const bytes = await encodeTorch(trainedAdam(3).stateDict());
  const file = (await readTorch(bytes)) as ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, FileTensor>>>;
  const last = file.get("state")!.get("0")!.get("expAvgSq")!;
  last.toHost = () => Promise.reject(new Error("no disk"));
  const before = await bits();
  await expect(loadInto(adam, file)).rejects.toThrow("no disk");
  expect(await bits()).toEqual(before);
});
