import {
  checkActivations,
  checkDeadUnits,
  checkEvalMode,
  checkFiniteNumbers,
  checkGradients,
  checkInitialLoss,
  checkInputsUsed,
  checkLeaks,
  checkModes,
  checkParameters,
  checkRuns,
  checkSymmetry,
} from "@tapegrad/inspect";
import {
  BatchNorm1d,
  BCELoss,
  type Conv2d,
  Dropout,
  functional,
  init,
  Linear,
  Module,
  ReLU,
  Sequential,
  Sigmoid,
  Softmax,
  Tanh,
  type Layer,
  type Parameter,
} from "@tapegrad/nn";
import { copyOf } from "@tapegrad/nn/internal";
import { Adam } from "@tapegrad/optim";
import {
  add,
  cast,
  dropout,
  linear,
  mean,
  minimum,
  mul,
  noGrad,
  relu,
  slice,
  sub,
  type Tensor,
} from "@tapegrad/tensor";
import { classes, computes, followedBy, network, patient, type Patient, points } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

const filled = <L extends Linear | Conv2d>(layer: L, fill: (weight: Parameter) => unknown): L => {
  fill(layer.weight);
  return layer;
};

/** Has a copy of a weight in the place of the weight. */
class Copied extends Module {
  readonly other = new Linear(16, classes);
  readonly weight = copyOf(this.other.weight);

  forward(x: Tensor): Tensor {
    return add(linear(x, this.weight), mul(this.other.forward(x), 0.1));
  }
}

/** Hides its layer. */
class Hidden extends Module {
  readonly #inner = new Linear(16, 16);

  forward(x: Tensor): Tensor {
    return this.#inner.forward(x);
  }
}

/** Moves its statistics in either mode. */
class Counting extends Module {
  readonly norm = new BatchNorm1d(16);

  forward(x: Tensor): Tensor {
    const { runningMean, runningVar, numBatchesTracked } = this.norm;
    return functional.batchNorm(x, { runningMean, runningVar, numBatchesTracked, training: true });
  }
}

/** Adds layers one after another. */
const deep = (count: number, activation: () => Layer, scale: number): Sequential => {
  const layers: Layer[] = [new Linear(6, 16)];
  for (let i = 0; i < count; i++) {
    layers.push(
      activation(),
      filled(new Linear(16, 16), (weight) => init.normal(weight, { std: scale / 4 })),
    );
  }
  return new Sequential(...layers, new Linear(16, classes));
};

/** Has a layer that it never calls. */
class Spare extends Module {
  readonly layers = network();
  readonly spare = new Linear(6, 6);

  forward(x: Tensor): Tensor {
    return this.layers.forward(x);
  }
}

function filledTwice(): Sequential {
  const one = new Linear(16, 16);
  const hidden = [one, one, one];
  return followedBy([new Linear(6, 16), new ReLU()], ...hidden, new ReLU(), new Linear(16, classes));
}

function frozenBetween(): Patient {
  const layers = Array.from({ length: 4 }, () => [new ReLU(), new Linear(16, 16)]).flat();
  const model = followedBy([new Linear(6, 16)], ...layers, new ReLU(), new Linear(16, classes));
  model.at(4).requireGrad(false);
  return patient(model, { optimizer: new Adam(model.parameters().filter(({ requiresGrad }) => requiresGrad)) });
}

function alike(): Sequential {
  const constant = (inFeatures: number): Linear =>
    filled(new Linear(inFeatures, 16, { bias: false }), (weight) => init.constant(weight, 0.1));
  return followedBy([constant(6), new ReLU()], constant(16), new ReLU(), new Linear(16, classes));
}

const zeroed = (inputs: number, outputs = 16): Linear =>
  filled(new Linear(inputs, outputs), (weight) => init.zeros(weight));

/** Bugs of the model. */
export const ofModels: readonly SeededBug[] = [
  {
    bug: "NaN among the weights",
    finding: "notFinite",
    check: checkFiniteNumbers,
    layers: ["0.weight"],
    make: () => patient(network({ 0: filled(new Linear(6, 16), (weight) => init.constant(weight, NaN)) })),
  },
  {
    bug: "a layer that gets other sizes than it expects",
    finding: "cannotRun",
    check: checkRuns,
    layers: ["4"],
    make: () => patient(network({ 4: new Linear(17, classes) })),
  },
  {
    bug: "values that are overwritten in the forward pass",
    finding: "cannotRun",
    check: checkRuns,
    make: () => {
      const overwrites = (x: Tensor): Tensor => {
        const y = relu(x);
        noGrad(() => y.assign(add(y, 1)));
        return y;
      };
      return patient(network({ 2: computes(overwrites) }));
    },
  },
  {
    bug: "a softmax of a single output",
    finding: "ignoresInputs",
    check: checkInputsUsed,
    layers: ["5"],
    make: () => {
      const { inputs, targets } = points();
      const yes = functional.oneHot(minimum(targets, 1), 2);
      const batch = { inputs, targets: cast(slice(yes, 1, 1), "float32") };
      const model = followedBy(network({ 4: new Linear(16, 1) }), new Softmax(1));
      return patient(model, { batch, loss: new BCELoss() });
    },
  },
  {
    bug: "the input is multiplied by 0",
    finding: "ignoresInputs",
    check: checkInputsUsed,
    layers: ["0"],
    make: () => patient(followedBy([computes((x) => mul(x, 0))], ...network())),
  },
  {
    bug: "a mean over the batch is subtracted",
    finding: "leak",
    check: checkLeaks,
    layers: ["1"],
    make: () => patient(network({ 1: computes((x) => sub(x, mean(x, 0).detach())) })),
  },
  {
    bug: "batch norm without running statistics",
    finding: "leak",
    check: checkLeaks,
    layers: ["1"],
    make: () => patient(network({ 1: new BatchNorm1d(16, { trackRunningStats: false }) })),
  },
  {
    bug: "dropout that ignores the mode",
    finding: "randomInEval",
    check: checkEvalMode,
    layers: ["3"],
    make: () => patient(network({ 3: computes((x) => dropout(x, 0.2)) })),
  },
  {
    bug: "statistics that move in eval mode",
    finding: "movesInEval",
    check: checkEvalMode,
    make: () => patient(network({ 1: new Counting() })),
  },
  {
    bug: "dropout that drops everything",
    finding: "dropsAll",
    check: checkModes,
    layers: ["3"],
    make: () => patient(network({ 3: new Dropout(1) })),
  },
  {
    bug: "a detached layer in the middle",
    finding: "noGradient",
    check: checkGradients,
    layers: ["0.weight", "0.bias"],
    make: () => patient(network({ 1: computes((x) => x.detach()) })),
  },
  {
    bug: "a layer that is never called",
    finding: "noGradient",
    check: checkGradients,
    layers: ["spare.weight", "spare.bias"],
    make: () => patient(new Spare()),
  },
  {
    bug: "a layer in a #private field",
    finding: "unregistered",
    check: checkParameters,
    make: () => patient(network({ 1: new Hidden() })),
  },
  {
    bug: "one layer in all places, by fill()",
    finding: "registeredTwice",
    check: checkParameters,
    layers: ["2"],
    make: () => patient(filledTwice()),
  },
  {
    bug: "one frozen layer between others",
    finding: "frozen",
    check: checkParameters,
    layers: ["4"],
    make: () => frozenBetween(),
  },
  {
    bug: "all units dead: biases of −100",
    finding: "deadUnits",
    check: checkDeadUnits,
    layers: ["2.1"],
    make: () => patient(network({ 1: new Linear(16, 16), 2: followedBy([computes((x) => sub(x, 100)), new ReLU()]) })),
  },
  {
    bug: "weights that begin alike",
    finding: "symmetricWeights",
    check: checkSymmetry,
    layers: ["0.weight"],
    make: () => patient(alike()),
  },
  {
    bug: "twelve sigmoids one after another",
    finding: "vanishingGradient",
    check: checkGradients,
    make: () =>
      patient(
        deep(12, () => new Sigmoid(), 1),
        { optimizer: null },
      ),
  },
  {
    bug: "weights three times too large in twelve layers",
    finding: "explodingGradient",
    check: checkGradients,
    make: () =>
      patient(
        deep(12, () => new ReLU(), 5),
        { optimizer: null },
      ),
  },
  {
    bug: "a last layer with large weights",
    finding: "initialLoss",
    check: checkInitialLoss,
    make: () => patient(network({ 4: filled(new Linear(16, classes), (weight) => init.normal(weight, { std: 5 })) })),
  },
  {
    bug: "the probability of keeping given to dropout",
    finding: "dropsAll",
    check: checkModes,
    layers: ["3"],
    make: () => patient(network({ 3: new Dropout(0.95) })),
  },
  {
    bug: "weights so large that tanh is flat",
    finding: "saturatedUnits",
    check: checkDeadUnits,
    layers: ["1"],
    make: () =>
      patient(
        network({
          0: filled(new Linear(6, 16), (weight) => init.normal(weight, { std: 20 })),
          1: new Tanh(),
        }),
      ),
  },
  {
    bug: "two layers with nothing between them",
    finding: "noActivation",
    check: checkActivations,
    layers: ["3 and 4"],
    hint: true,
    make: () => patient(network({ 3: new Linear(16, 16) })),
  },
  {
    bug: "weights of zeros",
    finding: "symmetricWeights",
    check: checkSymmetry,
    layers: ["0.weight", "4.weight"],
    make: () => patient(network({ 0: zeroed(6), 4: zeroed(16, classes) })),
  },
  {
    bug: "all parameters frozen",
    finding: "frozen",
    check: checkParameters,
    make: () => patient(network().requireGrad(false)),
  },
  {
    bug: "a weight that was copied, and was to be tied",
    finding: "unregistered",
    check: checkParameters,
    layers: ["4"],
    hint: true,
    make: () => patient(network({ 4: new Copied() })),
  },
  {
    bug: "eval() of a dropout alone",
    finding: "evalMode",
    check: checkModes,
    layers: ["3"],
    hint: true,
    make: () => patient(network({ 3: new Dropout(0.2).eval() })),
  },
  {
    bug: "eval() of a part with its batch norms",
    finding: "evalMode",
    check: checkModes,
    layers: ["0.1"],
    make: () => {
      const part = followedBy([new Linear(6, 6), new BatchNorm1d(6), new ReLU()]).eval();
      return patient(followedBy([part], ...network()));
    },
  },
  {
    bug: "a dropout of 0.8, the probability of keeping",
    finding: "dropsAll",
    check: checkModes,
    layers: ["3"],
    hint: true,
    make: () => patient(network({ 3: new Dropout(0.8) })),
  },
  {
    bug: "layers that are copies of the first",
    finding: "equalWeights",
    check: checkParameters,
    layers: ["2.weight", "4.weight"],
    hint: true,
    make: () => {
      const first = new Linear(16, 16);
      const copied = new Linear(16, 16);
      copied.loadStateDict(first.stateDict());
      const layers = [new Linear(6, 16), new ReLU(), first, new ReLU(), copied, new ReLU(), new Linear(16, classes)];
      return patient(followedBy(layers));
    },
  },
  {
    bug: "a weight that was given the values of another, and was to be tied",
    finding: "equalWeights",
    check: checkParameters,
    layers: ["0.weight", "4.weight"],
    hint: true,
    make: () => {
      const model = followedBy([new Linear(6, 4), new ReLU(), new Linear(4, 6), new ReLU(), new Linear(6, classes)]);
      noGrad(() => (model.at(4) as Linear).weight.assign((model.at(0) as Linear).weight));
      return patient(model);
    },
  },
];
