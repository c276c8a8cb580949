import { checkFiniteNumbers, checkLeaks, checkLoss, checkRuns, checkScores } from "@tapegrad/inspect";
import {
  BCEWithLogitsLoss,
  CrossEntropyLoss,
  Dropout,
  functional,
  Linear,
  LogSoftmax,
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
  mean,
  mul,
  randn,
  relu,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
} from "@tapegrad/tensor";
import { classes, followedBy, network, patient, points, computes } from "../patients.ts";
import { type SeededBug } from "./seeded-bug.ts";

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
    make: () => {
      const { inputs, targets } = points();
      const yes = fromHost(
        Float32Array.from(targets.dataSync(), (label) => Number(label < 2)),
        [targets.size, 1],
      );
      return patient(followedBy(network({ 4: new Linear(16, 1) }), new Sigmoid()), {
        batch: { inputs, targets: yes },
        loss: new BCEWithLogitsLoss(),
      });
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
