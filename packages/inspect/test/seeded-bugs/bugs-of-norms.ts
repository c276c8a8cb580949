import { backward } from "@tapegrad/autograd";
import { checkEvalMode, checkModes, checkNorms, checkRuns } from "@tapegrad/inspect";
import { BatchNorm1d, Dropout, functional, init, Linear, Module, ReLU, type Sequential } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { add, mul, noGrad, relu, type Tensor } from "@tapegrad/tensor";
import { classes, convolutional, followedBy, network, patient, pictures, points } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

/** Normalises two layers with one batch norm. */
class OneNorm extends Module {
  readonly first = new Linear(6, 16, { bias: false });
  readonly second = new Linear(16, 16, { bias: false });
  readonly norm = new BatchNorm1d(16);
  readonly head = new Linear(16, classes);

  forward(x: Tensor): Tensor {
    const y = relu(this.norm.forward(this.first.forward(x)));
    return this.head.forward(relu(this.norm.forward(this.second.forward(y))));
  }
}

/** A network that has learned, whose running statistics are its own. */
export function trained(): Sequential {
  const model = network();
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  for (let step = 0; step < 40; step++) {
    const { inputs, targets } = points(32, `batch ${step}`);
    optimizer.zeroGrad();
    backward(functional.crossEntropy(model.forward(inputs), targets));
    optimizer.step();
  }
  return model;
}

/** Bugs of normalisation. */
export const ofNorms: readonly SeededBug[] = [
  {
    bug: "momentum 0",
    finding: "momentum",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { momentum: 0 }) })),
  },
  {
    bug: "momentum 1",
    finding: "momentum",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { momentum: 1 }) })),
  },
  {
    bug: "momentum 0.99, as in Keras",
    finding: "momentum",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { momentum: 0.99 }) })),
  },
  {
    bug: "momentum 0.999",
    finding: "momentum",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { momentum: 0.999 }) })),
  },
  {
    bug: "momentum 0.001",
    finding: "momentum",
    check: checkNorms,
    layers: ["1"],
    hint: true,
    make: () => patient(network({ 1: new BatchNorm1d(16, { momentum: 0.001 }) })),
  },
  {
    bug: "four examples for the statistics",
    finding: "batchTooSmall",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network(), { batch: points(4) }),
  },
  {
    bug: "one example for the statistics",
    finding: "batchTooSmall",
    check: checkRuns,
    layers: ["1"],
    make: () => patient(network(), { batch: points(1) }),
  },
  {
    bug: "a batch of one picture",
    finding: "batchTooSmall",
    check: checkNorms,
    hint: true,
    layers: ["1"],
    make: () => patient(convolutional(), { batch: pictures(1) }),
  },
  {
    bug: "a batch norm that is called for two layers",
    finding: "normCalledTwice",
    check: checkNorms,
    layers: ["norm"],
    make: () => patient(new OneNorm()),
  },
  {
    bug: "dropout before batch norm",
    finding: "dropoutBeforeNorm",
    check: checkNorms,
    layers: ["1", "2"],
    make: () =>
      patient(
        followedBy([new Linear(6, 16)], new Dropout(0.5), new BatchNorm1d(16), new ReLU(), new Linear(16, classes)),
      ),
  },
  {
    bug: "a bias before batch norm",
    finding: "uselessBias",
    check: checkNorms,
    hint: true,
    layers: ["0"],
    make: () => patient(network()),
  },
  {
    bug: "training in eval mode",
    finding: "evalMode",
    check: checkModes,
    layers: ["1", "3"],
    make: () => patient(network().eval()),
  },
  {
    bug: "a batch norm left in eval mode",
    finding: "evalMode",
    check: checkModes,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16).eval() })),
  },
  {
    bug: "an eps of 10 in batch norm",
    finding: "normEps",
    check: checkNorms,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { eps: 10 }) })),
  },
  {
    bug: "a running variance below 0",
    finding: "notFinite",
    check: checkEvalMode,
    make: () => {
      const norm = new BatchNorm1d(16);
      init.constant(norm.runningVar!, -1);
      return patient(network({ 1: norm }));
    },
  },
  {
    bug: "two batch norms in a row",
    finding: "normAgain",
    check: checkNorms,
    layers: ["1", "2"],
    hint: true,
    make: () => patient(network({ 2: new BatchNorm1d(16), 3: new ReLU() })),
  },
  {
    bug: "weights of a checkpoint without its buffers",
    finding: "staleStatistics",
    check: checkEvalMode,
    layers: ["1"],
    make: () => {
      const model = network();
      const saved = Array.from(trained().stateDict()).filter(([name]) => !/running|num_batches/.test(name));
      model.loadStateDict(new Map(saved), { strict: false });
      return patient(model);
    },
  },
  {
    bug: "running statistics of other data",
    finding: "staleStatistics",
    check: checkEvalMode,
    layers: ["1"],
    make: () => {
      const model = trained();
      for (let i = 0; i < 30; i++) noGrad(() => model.forward(add(mul(points(32, `${i}`).inputs, 10), -20)));
      return patient(model);
    },
  },
  {
    bug: "frozen parameters, and statistics that move",
    finding: "movingWhileFrozen",
    check: checkNorms,
    layers: ["1"],
    hint: true,
    make: () => {
      const model = network();
      model.at(1).requireGrad(false);
      return patient(model, { optimizer: new Adam(model.parameters().filter(({ requiresGrad }) => requiresGrad)) });
    },
  },
];
