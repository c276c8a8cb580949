import { checkFiniteNumbers, checkLeaks, checkLoss, checkRuns, checkScores, type Examples } from "@tapegrad/inspect";
import {
  BCELoss,
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  Dropout,
  functional,
  type Layer,
  Linear,
  LogSoftmax,
  MSELoss,
  NLLLoss,
  ReLU,
  Sigmoid,
  Softmax,
} from "@tapegrad/nn";
import {
  add,
  cast,
  div,
  exp,
  fromHost,
  log,
  logSoftmax,
  mean,
  mul,
  randn,
  relu,
  reshape,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/tensor";
import { classes, computes, followedBy, network, patient, type Patient, points } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

/** Points with an answer of yes or no. */
function answers(): Examples {
  const { inputs, targets } = points();
  const yes = fromHost(
    Float32Array.from(targets.dataSync(), (label) => Number(label < 2)),
    [targets.size, 1],
  );
  return { inputs, targets: yes };
}

/** A regression of numbers, one for each point. */
function ofNumbers(model: Layer, targets: Tensor): Patient {
  return patient(model, { batch: { inputs: points().inputs, targets }, loss: new MSELoss() });
}

/** Bugs of the loss and of what it is given. */
export const ofLosses: readonly SeededBug[] = [
  {
    bug: "softmax before the cross-entropy",
    finding: "softmaxTwice",
    check: checkScores,
    layers: ["5"],
    make: () => patient(followedBy(network(), new Softmax(1))),
  },
  {
    bug: "softmax by exp and sum before the cross-entropy",
    finding: "softmaxTwice",
    check: checkScores,
    make: () =>
      patient(
        followedBy(
          network(),
          computes((x) => div(exp(x), sum(exp(x), 1, { keepDim: true }))),
        ),
      ),
  },
  {
    bug: "sigmoid before the cross-entropy",
    finding: "squashedScores",
    check: checkScores,
    layers: ["5"],
    make: () => patient(followedBy(network(), new Sigmoid())),
  },
  {
    bug: "ReLU after the last layer",
    finding: "squashedScores",
    check: checkScores,
    layers: ["5"],
    make: () => patient(followedBy(network(), new ReLU())),
  },
  {
    bug: "sigmoid before bceWithLogitsLoss",
    finding: "squashedScores",
    check: checkScores,
    make: () =>
      patient(followedBy(network({ 4: new Linear(16, 1) }), new Sigmoid()), {
        batch: answers(),
        loss: new BCEWithLogitsLoss(),
      }),
  },
  {
    bug: "logSoftmax before the cross-entropy",
    finding: "softmaxTwice",
    check: checkScores,
    hint: true,
    make: () => patient(followedBy(network(), new LogSoftmax(1))),
  },
  {
    bug: "softmax over the batch in the loss",
    finding: "softmaxOverBatch",
    check: checkScores,
    make: () => patient(network(), { loss: (outputs, targets) => functional.nllLoss(logSoftmax(outputs, 0), targets) }),
  },
  {
    bug: "bceLoss of logits",
    finding: "noProbabilities",
    check: checkScores,
    make: () => patient(network({ 4: new Linear(16, 1) }), { batch: answers(), loss: new BCELoss() }),
  },
  {
    bug: "ReLU after the last layer of a regression",
    finding: "targetsOutOfReach",
    check: checkScores,
    layers: ["5"],
    make: () => ofNumbers(followedBy(network({ 4: new Linear(16, 1) }), new ReLU()), randn([48, 1])),
  },
  {
    bug: "sigmoid where numbers of up to 3 are wanted",
    finding: "targetsOutOfReach",
    check: checkScores,
    layers: ["5"],
    make: () => {
      const { targets } = points();
      const numbers = reshape(cast(targets, "float32"), [targets.size, 1]);
      return ofNumbers(followedBy(network({ 4: new Linear(16, 1) }), new Sigmoid()), numbers);
    },
  },
  {
    bug: "nllLoss of logits",
    finding: "noLogProbabilities",
    check: checkScores,
    make: () => patient(network(), { loss: new NLLLoss() }),
  },
  {
    bug: "nllLoss of probabilities",
    finding: "noLogProbabilities",
    check: checkScores,
    make: () => patient(followedBy(network(), new Softmax(1)), { loss: new NLLLoss() }),
  },
  {
    bug: "softmax before logSoftmax and nllLoss",
    finding: "softmaxTwice",
    check: checkScores,
    make: () => patient(followedBy(network(), new Softmax(1), new LogSoftmax(1)), { loss: new NLLLoss() }),
  },
  {
    bug: "softmax over the batch",
    finding: "leak",
    check: checkLeaks,
    layers: ["3"],
    make: () => patient(network({ 3: new Softmax(0), 4: new Linear(16, classes) }), {}),
  },
  {
    bug: "loss summed over the batch",
    finding: "summedLoss",
    check: checkLoss,
    make: () => patient(network(), { loss: new CrossEntropyLoss({ reduction: "sum" }) }),
  },
  {
    bug: "outputs [n, 1] compared with targets [n]",
    finding: "broadcastLoss",
    check: checkLoss,
    make: () => {
      const { inputs } = points();
      const loss = (outputs: Tensor, targets: Tensor): Tensor => mean(square(sub(outputs, targets)));
      return patient(network({ 4: new Linear(16, 1) }), { batch: { inputs, targets: randn([48]) }, loss });
    },
  },
  {
    bug: "loss of detached outputs",
    finding: "lossWithoutGradient",
    check: checkRuns,
    make: () => patient(network(), { loss: (outputs, targets) => functional.crossEntropy(outputs.detach(), targets) }),
  },
  {
    bug: "loss that does not look at the targets",
    finding: "ignoresTargets",
    check: checkLoss,
    hint: true,
    make: () => patient(network(), { loss: (outputs) => mean(square(outputs)) }),
  },
  {
    bug: "a logarithm of 0 in the loss",
    finding: "notFinite",
    check: checkFiniteNumbers,
    make: () =>
      patient(network(), {
        loss: (outputs, targets) => add(functional.crossEntropy(outputs, targets), mean(log(relu(mul(outputs, 0))))),
      }),
  },
  {
    bug: "the loss with a minus sign",
    finding: "negativeLoss",
    check: checkLoss,
    make: () => patient(network(), { loss: (outputs, targets) => mul(functional.crossEntropy(outputs, targets), -1) }),
  },
  {
    bug: "a mean that is divided by the batch size once more",
    finding: "meanedTwice",
    check: checkLoss,
    make: () =>
      patient(network(), {
        loss: (outputs, targets) => div(functional.crossEntropy(outputs, targets), outputs.shape[0]!),
      }),
  },
  {
    bug: "dropout after the last layer",
    finding: "squashedScores",
    check: checkScores,
    layers: ["5"],
    make: () => patient(followedBy(network(), new Dropout(0.5))),
  },
  {
    bug: "a class with a weight of 0",
    finding: "ignoresClass",
    check: checkLoss,
    hint: true,
    make: () => patient(network(), { loss: new CrossEntropyLoss({ weight: tensor([1, 1, 0, 1]) }) }),
  },
  {
    bug: "an ignoreIndex that is a class",
    finding: "ignoresClass",
    check: checkLoss,
    hint: true,
    make: () => patient(network(), { loss: new CrossEntropyLoss({ ignoreIndex: 0 }) }),
  },
  {
    bug: "softmax before bceWithLogitsLoss of each class",
    finding: "squashedScores",
    check: checkScores,
    layers: ["5"],
    make: () => {
      const loss = (outputs: Tensor, targets: Tensor): Tensor =>
        functional.bceWithLogitsLoss(outputs, cast(functional.oneHot(targets, classes), "float32"));
      return patient(followedBy(network(), new Softmax(1)), { loss });
    },
  },
];
