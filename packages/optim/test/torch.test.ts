import { readFileSync } from "node:fs";
import { backward } from "@tapegrad/autograd";
import {
  Adam,
  ChainedScheduler,
  ConstantLR,
  CosineAnnealingLR,
  CosineAnnealingWarmRestarts,
  CyclicLR,
  ExponentialLR,
  LambdaLR,
  LBFGS,
  LinearLR,
  MultiplicativeLR,
  MultiStepLR,
  OneCycleLR,
  PolynomialLR,
  ReduceLROnPlateau,
  type Scheduled,
  SequentialLR,
  SGD,
  StepLR,
  SWALR,
} from "@tapegrad/optim";
import { add, mul, slice, square, sub, sum, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { goldenTensor, type GoldenTensor } from "@tapegrad/test-support";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";
import { parameterLike, torchOptimizers, torchOptions } from "./torch-optimizers.ts";

type Options = Readonly<Record<string, unknown>>;

/** What `fixtures/make_torch_cases.py` wrote. */
interface TorchCases {
  readonly optimizers: readonly {
    readonly name: string;
    readonly op: string;
    readonly args: Options;
    /** Options of each parameter, which is a group of its own. */
    readonly groups: readonly Options[];
    readonly params0: readonly GoldenTensor[];
    readonly grads: readonly (readonly (GoldenTensor | null)[])[];
    readonly paramsAfter: readonly (readonly GoldenTensor[])[];
  }[];
  readonly schedules: readonly {
    readonly name: string;
    readonly adam: boolean;
    readonly metrics: readonly number[] | null;
    /** By epoch and group: rate and momentum. */
    readonly epochs: readonly (readonly (readonly [number, number])[])[];
  }[];
  readonly lbfgs: readonly {
    readonly name: string;
    readonly args: Options;
    readonly start: readonly [number, number, number];
    readonly results: readonly {
      readonly loss: number;
      readonly params: readonly GoldenTensor[];
      readonly funcEvals: number;
    }[];
  }[];
}

const cases = JSON.parse(readFileSync(new URL("fixtures/torch-cases.json", import.meta.url), "utf8")) as TorchCases;

/** By the formulas of later versions: what `fixtures/make_later_cases.py` wrote. */
const later = JSON.parse(
  readFileSync(new URL("fixtures/later-cases.json", import.meta.url), "utf8"),
) as TorchCases["optimizers"];

eachDevice(() => {
  test.each([...cases.optimizers, ...later])(
    "$name takes PyTorch's steps",
    ({ op, args, groups, params0, grads, paramsAfter }) => {
      const params = params0.map(parameterLike);
      const given = params.map((param, i) => ({ params: [param], ...(torchOptions(groups[i]!) as object) }));
      const optimizer = torchOptimizers[op]!(given as never, torchOptions(args));
      grads.forEach((ofStep, step) => {
        params.forEach((param, i) => (param.grad = ofStep[i] ? goldenTensor(ofStep[i]) : null));
        optimizer.step();
        params.forEach((param, i) => expectClose(param, paramsAfter[step]![i]!));
      });
    },
  );

  test.each(cases.lbfgs)("LBFGS $name goes PyTorch's way", async ({ args, start, results }) => {
    const [x, z] = [tensor(start.slice(0, 2), { requiresGrad: true }), tensor(start.slice(2), { requiresGrad: true })];
    const optimizer = new LBFGS([x, z], torchOptions(args));
    for (const { loss, params, funcEvals } of results) {
      expectClose(await optimizer.step(() => valley(optimizer, x, z)), loss);
      [x, z].forEach((param, i) => expectClose(param, params[i]!));
      expect(optimizer.stateDict().state["0"]!["funcEvals"]).toBe(funcEvals);
    }
  });
}, ["wasm", "gpu:webasm"]);

/** Rosenbrock's valley, and a parameter that only has a distance to 3. */
function valley(optimizer: LBFGS, x: Tensor, z: Tensor): Tensor {
  optimizer.zeroGrad();
  const [a, b] = [slice(x, 0, 0, 1), slice(x, 0, 1, 2)];
  const loss = sum(add(add(mul(square(sub(b, square(a))), 100), square(sub(1, a))), square(sub(z, 3))));
  backward(loss);
  return loss;
}

type Create = (optimizer: Scheduled) => { step(metric: number): void };

const schedules: Readonly<Record<string, Create>> = {
  MultiStepLR: (o) => new MultiStepLR(o, [3, 7, 7, 12], { gamma: 0.5 }),
  ExponentialLR: (o) => new ExponentialLR(o, 0.8),
  LambdaLR_per_group: (o) => new LambdaLR(o, [(epoch) => 1 / (1 + epoch), (epoch) => 0.9 ** epoch]),
  LinearLR_down: (o) => new LinearLR(o, { startFactor: 0.9, endFactor: 0.1, totalIters: 7 }),
  CosineAnnealingWarmRestarts: (o) => new CosineAnnealingWarmRestarts(o, 3, { tMult: 2, etaMin: 0.01 }),
  OneCycleLR_three_phase: (o) =>
    new OneCycleLR(o, {
      maxLr: [1, 2],
      totalSteps: 20,
      pctStart: 0.25,
      annealStrategy: "linear",
      threePhase: true,
      divFactor: 10,
      finalDivFactor: 100,
    }),
  OneCycleLR_no_momentum: (o) => new OneCycleLR(o, { maxLr: 1, totalSteps: 20, cycleMomentum: false }),
  CyclicLR_triangular2: (o) =>
    new CyclicLR(o, {
      baseLr: [0.1, 0.2],
      maxLr: [1, 2],
      stepSizeUp: 3,
      stepSizeDown: 5,
      mode: "triangular2",
      baseMomentum: 0.7,
      maxMomentum: 0.95,
    }),
  CyclicLR_scale: (o) =>
    new CyclicLR(o, {
      baseLr: 0.1,
      maxLr: 1,
      stepSizeUp: 4,
      scale: (x) => 1 / (1 + x),
      scaleMode: "iterations",
      cycleMomentum: false,
    }),
  ReduceLROnPlateau_max_abs: (o) =>
    new ReduceLROnPlateau(o, {
      mode: "max",
      factor: 0.3,
      patience: 1,
      threshold: 0.1,
      thresholdMode: "abs",
      minLr: [0.001, 0.02],
    }),
  SequentialLR_three: (o) =>
    new SequentialLR(
      [new ConstantLR(o, { factor: 0.1, totalIters: 2 }), new MultiplicativeLR(o, () => 0.9), new StepLR(o, 3)],
      [4, 9],
    ),
  ChainedScheduler_three: (o) =>
    new ChainedScheduler([
      new LinearLR(o, { startFactor: 0.1, totalIters: 5 }),
      new StepLR(o, 4, { gamma: 0.5 }),
      new CosineAnnealingLR(o, 9),
    ]),
  SWALR: (o) => new SWALR(o, { swaLr: [0.05, 0.02], annealEpochs: 6 }),
  SWALR_linear: (o) => new SWALR(o, { swaLr: 0.05, annealEpochs: 4, annealStrategy: "linear" }),
  SWALR_at_once: (o) => new SWALR(o, { swaLr: 0.05, annealEpochs: 0 }),
  PolynomialLR_default: (o) => new PolynomialLR(o),
};

describe("schedules", () => {
  test.each(cases.schedules)("$name gives PyTorch's rates and momenta", ({ name, adam, metrics, epochs }) => {
    const groups = [0.1, 0.5].map((lr) => ({ params: [zeros([1])], lr }));
    const optimizer = adam ? new Adam(groups, { betas: [0.9, 0.99] }) : new SGD(groups, { lr: 1, momentum: 0.9 });
    const schedule = schedules[name]!(optimizer);
    epochs.forEach((expected, epoch) => {
      const found = optimizer.paramGroups.map((group) => [
        group.lr,
        "betas" in group ? group.betas[0] : group.momentum,
      ]);
      expectClose(found.flat(), expected.flat(), { rtol: 1e-9, atol: 1e-12 });
      schedule.step(metrics?.[epoch] ?? Number.NaN);
    });
  });
});
