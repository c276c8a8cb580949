import * as optim from "@tapegrad/optim";
import { SGD, StepLR } from "@tapegrad/optim";
import { ones, randn, type Tensor } from "@tapegrad/tensor";
import { anyOf, describeBadArguments, type RightArguments } from "@tapegrad/test-support/bad-arguments";
import { describe, expect, it } from "vitest";

const parameter = (): Tensor => randn([2], { requiresGrad: true });
const optimizer = (): SGD => new SGD([parameter()], { lr: 0.1, momentum: 0.9 });
const schedule = (): StepLR => new StepLR(optimizer(), 2);
const betas = [0.9, 0.999];
const common = { lr: 0.1, eps: 1e-8, weightDecay: 0 };

/** Parameters, or a group of them, and options. */
const withOptions =
  (options: object): RightArguments =>
  () => [[anyOf(parameter(), { params: [parameter()], ...options })], options];
const scheduled =
  (...rest: readonly unknown[]): RightArguments =>
  () => [optimizer(), ...rest];

const calls: Readonly<Record<string, RightArguments>> = {
  SGD: withOptions({ lr: 0.1, momentum: 0.9, dampening: 0, weightDecay: 0, nesterov: true, maximize: false }),
  Adam: withOptions({ ...common, betas, amsgrad: true, maximize: false }),
  AdamW: withOptions({ ...common, betas, amsgrad: true, maximize: false }),
  NAdam: withOptions({ ...common, betas, momentumDecay: 4e-3 }),
  RAdam: withOptions({ ...common, betas }),
  Adamax: withOptions({ ...common, betas, maximize: false }),
  Adadelta: withOptions({ ...common, rho: 0.9, maximize: false }),
  Adagrad: withOptions({ ...common, lrDecay: 0, initialAccumulatorValue: 0, maximize: false }),
  Adafactor: withOptions({
    ...{ lr: 0.1, beta2Decay: -0.8, eps: [anyOf(1e-8, null), 1e-3], d: 1, weightDecay: 0, maximize: false },
  }),
  Muon: () => {
    const options = {
      ...{ lr: 0.1, weightDecay: 0.1, momentum: 0.95, nesterov: true, nsCoefficients: [3.4445, -4.775, 2.0315] },
      ...{ eps: 1e-7, nsSteps: 5, adjustLrFn: anyOf("original", null) },
    };
    const matrix = randn([2, 2], { requiresGrad: true });
    return [[anyOf(matrix, { params: [matrix], ...options })], options];
  },
  Rprop: withOptions({ lr: 0.1, etas: [0.5, 1.2], stepSizes: [1e-6, 50], maximize: false }),
  ASGD: withOptions({ lr: 0.1, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0, maximize: false }),
  RMSprop: withOptions({ ...common, alpha: 0.99, momentum: 0, centered: true, maximize: false }),
  LBFGS: withOptions({
    ...{ lr: 1, maxIter: 20, maxEval: 25, toleranceGrad: 1e-7, toleranceChange: 1e-9, historySize: 10 },
    lineSearchFn: anyOf("strong_wolfe", null),
  }),

  StepLR: scheduled(2, { gamma: 0.1 }),
  MultiStepLR: scheduled([2, 3], { gamma: 0.1 }),
  ConstantLR: scheduled({ factor: 0.5, totalIters: 2 }),
  LinearLR: scheduled({ startFactor: 0.5, endFactor: 1, totalIters: 2 }),
  ExponentialLR: scheduled(0.9),
  PolynomialLR: scheduled({ totalIters: 5, power: 1 }),
  LambdaLR: scheduled(anyOf(() => 1, [() => 1])),
  MultiplicativeLR: scheduled(anyOf(() => 1, [() => 1])),
  CosineAnnealingLR: scheduled(3, { etaMin: 0 }),
  CosineAnnealingWarmRestarts: scheduled(3, { tMult: 2, etaMin: 0 }),
  OneCycleLR: scheduled({
    ...{ maxLr: anyOf(0.1, [0.1]), totalSteps: 10, pctStart: 0.3, annealStrategy: "cos", cycleMomentum: true },
    ...{ baseMomentum: anyOf(0.85, [0.85]), maxMomentum: anyOf(0.95, [0.95]) },
    ...{ divFactor: 25, finalDivFactor: 1e4, threePhase: false },
  }),
  CyclicLR: scheduled({
    ...{ baseLr: anyOf(0.01, [0.01]), maxLr: anyOf(0.1, [0.1]), stepSizeUp: 2, stepSizeDown: 2, mode: "triangular" },
    ...{ gamma: 1, scale: () => 1, scaleMode: "cycle", cycleMomentum: true },
    ...{ baseMomentum: anyOf(0.8, [0.8]), maxMomentum: anyOf(0.9, [0.9]) },
  }),
  ReduceLROnPlateau: scheduled({
    ...{ mode: "min", factor: 0.1, patience: 2, threshold: 1e-4, thresholdMode: "rel", cooldown: 0 },
    ...{ minLr: anyOf(0, [0]), eps: 1e-8 },
  }),
  SWALR: scheduled({ swaLr: anyOf(0.1, [0.1]), annealEpochs: 2, annealStrategy: "cos" }),
  ChainedScheduler: () => [[schedule()]],
  SequentialLR: () => {
    const one = optimizer();
    return [[new StepLR(one, 2), new StepLR(one, 2)], [2]];
  },

  clipGradNorm: () => [anyOf([parameter()], parameter()), 1, { normType: 2 }],
  clipGradValue: () => [anyOf([parameter()], parameter()), 1],
  WeightAverage: () => [anyOf([parameter()], parameter()), { decay: anyOf(0.9, null) }],
};

const unchecked = ["ParameterGroups", "Optimizer", "ComposedOptimizer", "LRScheduler", "ComposedSchedule"];

describe("optim refuses what plain JavaScript lets through", () => {
  describeBadArguments(optim, calls, unchecked);

  it("SGD says that it needs a learning rate", () => {
    expect(() => new SGD([ones([1])], undefined as never)).toThrow(/SGD: lr, the learning rate, is required/);
    expect(() => new SGD([ones([1])], {} as never)).toThrow(/is required/);
    expect(() => new SGD([ones([1])], { momentum: 0.9 } as never)).toThrow(/is required/);
    expect(() => new SGD([ones([1])], { learningRate: 0.9 } as never)).toThrow(/is required/);
  });
});
