import { backward } from "@tapegrad/autograd";
import { checkStep, type Examples } from "@tapegrad/inspect";
import { functional, type Layer } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { manualSeed, neg, type Tensor } from "@tapegrad/tensor";
import { network, patient, type Patient } from "../patients.ts";
import type { SeededBug } from "./seeded-bug.ts";

/** What of a sound step is replaced. */
interface Changes {
  /** Before gradients are forgotten. */
  readonly first?: (model: Layer) => void;
  /** In place of the model's. */
  readonly forgets?: (model: Layer) => void;
  readonly learner?: Layer;
  readonly of?: (loss: Tensor) => Tensor;
  readonly last?: (model: Layer) => void;
}

function stepping({ first, forgets = (model) => void model.zeroGrad(), learner, of, last }: Changes): Patient {
  const sound = patient(network());
  const { model, options } = sound;
  const step = ({ inputs, targets }: Examples): Tensor => {
    first?.(model);
    forgets(model);
    const loss = functional.crossEntropy((learner ?? model).forward(inputs), targets);
    backward(of?.(loss) ?? loss);
    options.optimizer!.step();
    last?.(model);
    return loss;
  };
  return { model, options: { ...options, step } };
}

/** Bugs of training steps. */
export const ofSteps: readonly SeededBug[] = [
  {
    bug: "zeroGrad of the last layer alone",
    finding: "gradientsPileUp",
    check: checkStep,
    layers: ["0.weight", "0.bias", "1.weight", "1.bias"],
    make: () => stepping({ forgets: (model) => model.children().at(-1)!.zeroGrad() }),
  },
  {
    bug: "a step that learns a copy of the model",
    finding: "otherModel",
    check: checkStep,
    make: () => stepping({ learner: network() }),
  },
  {
    bug: "two optimizers for the same weights",
    finding: "otherOptimizer",
    check: checkStep,
    make: () => {
      let second: Adam | null = null;
      return stepping({ last: (model) => (second ??= new Adam(model.parameters())).step() });
    },
  },
  {
    bug: "a minus sign before backward",
    finding: "climbs",
    check: checkStep,
    make: () => stepping({ of: neg }),
  },
  {
    bug: "manualSeed in each step",
    finding: "seededAnew",
    check: checkStep,
    make: () => stepping({ first: () => void manualSeed(42) }),
  },
  {
    bug: "eval() of a batch norm in the step",
    finding: "learnsInEval",
    check: checkStep,
    layers: ["1"],
    hint: true,
    make: () => stepping({ first: (model) => void model.children()[1]!.eval() }),
  },
];
