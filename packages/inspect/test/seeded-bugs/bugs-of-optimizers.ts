import { backward } from "@tapegrad/autograd";
import {
  checkParameters,
  checkStep,
  checkUpdates,
  checkOptimizer,
  type DiagnoseOptions,
  type Examples,
} from "@tapegrad/inspect";
import { type CrossEntropyLoss, functional, type Layer, Linear, type Parameter, ReLU } from "@tapegrad/nn";
import { copyOf } from "@tapegrad/nn/internal";
import { Adam, clipGradNorm, CosineAnnealingLR, OneCycleLR, RMSprop, SGD, StepLR } from "@tapegrad/optim";
import { add, mul, noGrad, slice, type Tensor } from "@tapegrad/tensor";
import { classes, followedBy, network, patient, type Patient, points } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

/** A training step of one's own, with something left out or done twice. */
function stepping(
  model: Layer,
  change: {
    forgets?: boolean;
    late?: boolean;
    times?: number;
    clip?: number;
    idle?: boolean;
    evaluates?: boolean;
    gathers?: () => number;
  },
): Patient {
  const sound = patient(model);
  const { optimizer, loss } = sound.options;
  const step = ({ inputs, targets }: Examples): Tensor => {
    if (change.evaluates) model.eval();
    const turn = change.gathers?.() ?? 0;
    if (!change.forgets && turn === 0) optimizer!.zeroGrad();
    const value = (loss as CrossEntropyLoss).forward(model.forward(inputs), targets);
    for (let i = 1; i < (change.times ?? 1); i++) backward(value, { retainGraph: true });
    backward(value);
    if (change.late) optimizer!.zeroGrad();
    if (change.clip !== undefined) clipGradNorm(model.parameters(), change.clip);
    if (!change.idle && (change.gathers === undefined || turn === 3)) optimizer!.step();
    return value;
  };
  return { model, options: { ...sound.options, step } };
}

/** A step that moves a schedule, and a loader of so many batches if their number is known. */
function scheduled(of: (optimizer: SGD) => { step(): void }, batches?: number): Patient {
  const sound = stepping(network(), {});
  const schedule = of(sound.options.optimizer as SGD);
  const step = (batch: Examples): unknown => [sound.options.step!(batch), schedule.step()];
  const loader = {
    length: batches,
    async *[Symbol.asyncIterator]() {
      yield* [points(32, "one"), points(32, "another")];
    },
  };
  return { ...sound, options: { ...sound.options, step, loader: batches === undefined ? null : loader } };
}

function optimized(of: (params: readonly Parameter[]) => DiagnoseOptions["optimizer"] & {}): Patient {
  const model = network();
  return patient(model, { optimizer: of(model.parameters()) });
}

/** Bugs of the optimizer. */
export const ofOptimizers: readonly SeededBug[] = [
  {
    bug: "the optimizer built before the head was replaced",
    finding: "notInOptimizer",
    check: checkParameters,
    layers: ["4.weight", "4.bias"],
    make: () => {
      const before = network();
      const optimizer = new SGD(before.parameters(), { lr: 0.05 });
      return patient(followedBy([...before].slice(0, 4), new Linear(16, classes)), { optimizer });
    },
  },
  {
    bug: "parameters that were not given to the optimizer",
    finding: "notInOptimizer",
    check: checkParameters,
    layers: ["0.weight", "0.bias"],
    make: () => {
      const model = network();
      return patient(model, { optimizer: new Adam(model.parameters().slice(2)) });
    },
  },
  {
    bug: "frozen parameters in the optimizer",
    finding: "frozenInOptimizer",
    check: checkParameters,
    layers: ["0.weight", "0.bias"],
    make: () => {
      const model = network();
      model.at(0).requireGrad(false);
      return patient(model);
    },
  },
  {
    bug: "a learning rate of 0",
    finding: "nothingMoves",
    check: checkUpdates,
    make: () => optimized((params) => new SGD(params, { lr: 0 })),
  },
  {
    bug: "a learning rate of 100",
    finding: "updateTooLarge",
    check: checkUpdates,
    make: () => optimized((params) => new SGD(params, { lr: 100 })),
  },
  {
    bug: "a learning rate of 10",
    finding: "updateTooLarge",
    check: checkUpdates,
    make: () => optimized((params) => new SGD(params, { lr: 10 })),
  },
  {
    bug: "a learning rate of 1e-9",
    finding: "updateTooSmall",
    check: checkUpdates,
    make: () => optimized((params) => new SGD(params, { lr: 1e-9 })),
  },
  {
    bug: "weight decay that eats everything",
    finding: "weightDecay",
    check: checkOptimizer,
    make: () => optimized((params) => new SGD(params, { lr: 0.05, weightDecay: 10 })),
  },
  {
    bug: "a momentum of 1 in the optimizer",
    finding: "optimizerOptions",
    check: checkOptimizer,
    make: () => optimized((params) => new SGD(params, { lr: 0.01, momentum: 1 })),
  },
  {
    bug: "Adam's betas in the wrong order",
    finding: "optimizerOptions",
    check: checkOptimizer,
    make: () => optimized((params) => new Adam(params, { betas: [0.999, 0.9] })),
  },
  {
    bug: "a momentum of 0.999 in the optimizer",
    finding: "optimizerOptions",
    check: checkOptimizer,
    hint: true,
    make: () => optimized((params) => new SGD(params, { lr: 0.01, momentum: 0.999 })),
  },
  {
    bug: "a dampening of 1",
    finding: "optimizerOptions",
    check: checkOptimizer,
    make: () => optimized((params) => new SGD(params, { lr: 0.05, momentum: 0.9, dampening: 1 })),
  },
  {
    bug: "an average of squares that never learns",
    finding: "optimizerOptions",
    check: checkOptimizer,
    make: () => optimized((params) => new RMSprop(params, { lr: 1e-9, alpha: 1 })),
  },
  {
    bug: "an optimizer that climbs",
    finding: "climbs",
    check: checkUpdates,
    hint: true,
    make: () => optimized((params) => new SGD(params, { lr: 0.05, maximize: true })),
  },
  {
    bug: "zeroGrad forgotten",
    finding: "gradientsPileUp",
    check: checkStep,
    layers: [],
    make: () => stepping(network(), { forgets: true }),
  },
  {
    bug: "zeroGrad between backward and step",
    finding: "gradientsLost",
    check: checkStep,
    make: () => stepping(network(), { late: true }),
  },
  {
    bug: "gradients clipped to nothing",
    finding: "gradientsLost",
    check: checkStep,
    make: () => stepping(network(), { clip: 1e-6 }),
  },
  {
    bug: "backward twice in a step",
    finding: "gradientsScaled",
    check: checkStep,
    make: () => stepping(network(), { times: 2 }),
  },
  {
    bug: "the optimizer's step forgotten",
    finding: "stepsWithoutOptimizer",
    check: checkStep,
    make: () => stepping(network(), { idle: true }),
  },
  {
    bug: "a step that learns in eval mode",
    finding: "learnsInEval",
    check: checkStep,
    make: () => stepping(network(), { evaluates: true }),
  },
  {
    bug: "the optimizer of an averaged copy",
    finding: "notInOptimizer",
    check: checkParameters,
    make: () => patient(network(), { optimizer: new SGD(network().parameters(), { lr: 0.05 }) }),
  },
  {
    bug: "a group with a learning rate of 0",
    finding: "nothingMoves",
    check: checkUpdates,
    layers: ["4.weight", "4.bias"],
    make: () => {
      const model = network();
      const params = model.parameters();
      const groups = [{ params: params.slice(0, -2) }, { params: params.slice(-2), lr: 0 }];
      return patient(model, { optimizer: new SGD(groups, { lr: 0.05 }) });
    },
  },
  {
    bug: "gradients clipped to 0",
    finding: "gradientsLost",
    check: checkStep,
    make: () => stepping(network(), { clip: 0 }),
  },
  {
    bug: "two halves of a batch, gathered and not divided",
    finding: "gradientsScaled",
    check: checkStep,
    make: () => {
      const model = network({ 1: new ReLU(), 3: new ReLU() });
      const { options } = patient(model);
      const step = ({ inputs, targets }: Examples): void => {
        options.optimizer!.zeroGrad();
        for (const [from, to] of [
          [0, 24],
          [24, 48],
        ] as const)
          backward(functional.crossEntropy(model.forward(slice(inputs, 0, from, to)), slice(targets, 0, from, to)));
        options.optimizer!.step();
      };
      return { model, options: { ...options, step } };
    },
  },
  {
    bug: "a schedule of epochs, moved at each step",
    finding: "rateCollapses",
    check: checkStep,
    make: () => scheduled((optimizer) => new StepLR(optimizer, 1)),
  },
  {
    bug: "a StepLR of thirty epochs, moved at each step",
    finding: "rateCollapses",
    check: checkStep,
    make: () => scheduled((optimizer) => new StepLR(optimizer, 30), 400),
  },
  {
    bug: "a StepLR of thirty epochs, moved at each step, without a loader",
    finding: "rateCollapses",
    check: checkStep,
    hint: true,
    make: () => scheduled((optimizer) => new StepLR(optimizer, 30)),
  },
  {
    bug: "half a cosine of ten epochs, moved at each step",
    finding: "rateCollapses",
    check: checkStep,
    make: () => scheduled((optimizer) => new CosineAnnealingLR(optimizer, 10), 400),
  },
  {
    bug: "one cycle that is over before the epoch",
    finding: "rateCollapses",
    check: checkStep,
    make: () => scheduled((optimizer) => new OneCycleLR(optimizer, { maxLr: 0.05, totalSteps: 10 }), 400),
  },
  {
    bug: "a step that learns the first batch for ever",
    finding: "ignoresBatch",
    check: checkStep,
    make: () => {
      const sound = stepping(network(), {});
      const first = points();
      return { ...sound, options: { ...sound.options, step: () => sound.options.step!(first) } };
    },
  },
  {
    bug: "four batches gathered and not divided",
    finding: "gradientsScaled",
    check: checkStep,
    make: () => {
      let taken = 0;
      return stepping(network(), { gathers: () => taken++ % 4 });
    },
  },
  {
    bug: "an optimizer that is made anew in each step",
    finding: "otherOptimizer",
    check: checkStep,
    make: () => {
      const sound = patient(network());
      const step = ({ inputs, targets }: Examples): void => {
        const optimizer = new Adam(sound.model.parameters());
        optimizer.zeroGrad();
        backward(functional.crossEntropy(sound.model.forward(inputs), targets));
        optimizer.step();
      };
      return { ...sound, options: { ...sound.options, step } };
    },
  },
  {
    bug: "the best weights, restored after each step",
    finding: "stepUndone",
    check: checkStep,
    make: () => {
      const sound = stepping(network(), {});
      const best = sound.model.stateDict({ copy: true });
      const step = (batch: Examples): unknown => [sound.options.step!(batch), sound.model.loadStateDict(best)];
      return { ...sound, options: { ...sound.options, step } };
    },
  },
  {
    bug: "an average that is written over the weights",
    finding: "stepUndone",
    check: checkStep,
    make: () => {
      const sound = stepping(network(), {});
      const averages = sound.model.parameters().map(copyOf);
      const step = (batch: Examples): void => {
        sound.options.step!(batch);
        noGrad(() =>
          sound.model.parameters().forEach((each, i) => {
            averages[i]!.assign(add(mul(averages[i]!, 0.99), mul(each, 0.01)));
            each.assign(averages[i]!);
          }),
        );
      };
      return { ...sound, options: { ...sound.options, step } };
    },
  },
];
