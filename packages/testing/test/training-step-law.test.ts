import { backward } from "@tapegrad/autograd";
import { BatchNorm2d, Linear, Module, Sequential } from "@tapegrad/nn";
import { add, crossEntropy, div, mean, mul, neg, noGrad, sqrt, sub, type Tensor, varMean } from "@tapegrad/tensor";
import {
  architectures,
  classifications,
  type MadeClassification,
  ModuleSpec,
  trainingStepLaw,
  type TrainingStep,
  type TrainingStepLawOptions,
} from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

type Training = MadeClassification;

/** Where a step may go wrong; without any, it is as it should be. */
interface Flaws {
  readonly start?: (training: Training) => void;
  readonly inputs?: (training: Training) => Tensor;
  readonly objective?: (loss: Tensor) => Tensor;
  readonly afterBackward?: (training: Training) => void;
  readonly end?: (training: Training) => void;
  readonly answer?: (loss: Tensor) => Tensor | number;
}

function stepWith(flaws: Flaws = {}): TrainingStep<Training> {
  return async (training) => {
    const { model, optimizer, batch } = training;
    if (flaws.start === undefined) optimizer.zeroGrad();
    else flaws.start(training);
    const loss = crossEntropy(model.forward(flaws.inputs?.(training) ?? batch.inputs), batch.targets);
    backward(flaws.objective?.(loss) ?? loss);
    flaws.afterBackward?.(training);
    optimizer.step();
    flaws.end?.(training);
    return flaws.answer?.(loss) ?? loss.detach();
  };
}

/** Networks that begin with a batch norm, and whatever `last` adds to their outputs. */
const normed = (wrap: (...layers: Sequential[]) => Sequential = (...layers) => new Sequential(...layers)) =>
  classifications({
    models: architectures({ classes: 3, maxLayers: 2, minExtent: 2, maxExtent: 3 }).map(
      (spec) =>
        new ModuleSpec({
          description: `BatchNorm2d, ${spec.description}`,
          inputShape: spec.inputShape,
          make: () => wrap(new Sequential(new BatchNorm2d(spec.inputShape[1]!)), spec.make() as Sequential),
        }),
    ),
  });

async function complaintOf(flaws: Flaws, options: TrainingStepLawOptions<Training> = {}): Promise<string> {
  const law = trainingStepLaw(stepWith(flaws), { steps: 6, subjects: normed(), ...options });
  const { errorInstance } = await fc.check(law, { numRuns: 12, endOnFailure: true });
  return errorInstance instanceof Error ? errorInstance.message : "";
}

test("a step as it should be obeys the law", async () => {
  await fc.assert(trainingStepLaw(stepWith()), { numRuns: 5 });
  await fc.assert(trainingStepLaw(stepWith(), { subjects: normed() }), { numRuns: 1 });
});

const noise = { next: 0 };

class Centred extends Module {
  forward(x: Tensor): Tensor {
    return sub(x, mean(x, 0, { keepDim: true }));
  }
}

/** A wrong step, what the law says of it, and what it is tried with. */
interface Case {
  readonly mistake: string;
  readonly flaws: Flaws;
  readonly says: RegExp;
  readonly options?: TrainingStepLawOptions<Training>;
}

const cases: readonly Case[] = [
  {
    mistake: "gradients that add up",
    flaws: { start: () => undefined },
    says: /^gradients that were left from the step before change \S+: is zeroGrad\(\) missing, or too late\?: \d+ of/,
  },
  {
    mistake: "gradients that are forgotten too early",
    flaws: { afterBackward: ({ optimizer }) => optimizer.zeroGrad() },
    says: /^6 steps did not move \S+, which the optimizer has and the loss depends on: a little to either side it is \S+ and \S+$/,
  },
  {
    mistake: "a model left in eval mode",
    flaws: { end: ({ model }) => void model.eval() },
    says: /^step 1 left \S+( model)? in eval mode; it was in train mode before$/,
  },
  {
    mistake: "a second pass in train mode, for a metric",
    flaws: { end: ({ model, batch }) => noGrad(() => void model.forward(batch.inputs)) },
    says: /^step 1 moved the statistics 2 times, as 0\.0\.num_batches_tracked counts, expected 1: /,
  },
  {
    mistake: "a pass in eval mode alone",
    flaws: {
      inputs: ({ batch }) => batch.inputs,
      start: ({ model, optimizer }) => (optimizer.zeroGrad(), deafen(model, true)),
      end: ({ model }) => deafen(model, false),
    },
    says: /^step 1 did not move 0\.0\.num_batches_tracked, though its layer is in train mode$/,
  },
  {
    mistake: "frozen layers that are woken up for the step",
    flaws: {
      start: ({ model, optimizer }) => (optimizer.zeroGrad(), wake(model, true)),
      end: ({ model }) => wake(model, false),
    },
    says: /^(step 1|a step) moved \S+running_mean, though (its layer is|all layers are frozen) in eval mode: \d of \d values differ/,
  },
  {
    mistake: "weight decay of all parameters by hand",
    flaws: {
      end: ({ model }) => noGrad(() => model.parameters().forEach((each) => each.assign(mul(each, 0.99)))),
    },
    says: /^step 1 changed the parameter \S+, which the optimizer does not have: \d+ of \d+ values differ/,
  },
  {
    mistake: "a batch that is normalised in place",
    flaws: { start: ({ optimizer, batch }) => (optimizer.zeroGrad(), batch.inputs.assign(mul(batch.inputs, 0.5))) },
    says: /^step 1 changed the batch's inputs: \d+ of \d+ values differ/,
  },
  {
    mistake: "noise that no seed repeats",
    flaws: { inputs: ({ batch }) => add(batch.inputs, (noise.next += 0.01)) },
    says: /^two runs with the same seed part at step 1: the loss is \S+ and \S+$/,
  },
  {
    mistake: "inputs normalised over the batch",
    flaws: {
      inputs: ({ batch: { inputs } }) => {
        const [variance, centre] = varMean(inputs, 0, { keepDim: true, correction: 0 });
        return div(sub(inputs, centre), sqrt(add(variance, 0.1)));
      },
    },
    says: /^in eval mode examples 0 and \d reach each other: .* The model keeps them apart; it is the step that joins them$/,
  },
  {
    mistake: "a model that looks at the batch in eval mode",
    flaws: {},
    says: /^in eval mode examples 0 and \d reach each other: .* It is the model: output 0 depends on example \d: /,
    options: { subjects: normed((...layers) => new Sequential(...layers, new Centred(), new Linear(3, 3))) },
  },
  {
    mistake: "ascent",
    flaws: { objective: neg },
    says: /^6 steps on one batch do not reduce its loss: it was \S+, and is \S+$/,
  },
  {
    mistake: "a loss that is no number",
    flaws: { answer: () => NaN },
    says: /^step 1 returned NaN, expected the loss: one finite number$/,
  },
];

/** Batch norms, and what `freeze` holds, in a mode that `train` does not reach. */
function wake(model: Module, training: boolean): void {
  for (const module of model.modules()) if (module.frozen) module.training = training;
}

function deafen(model: Module, deaf: boolean): void {
  for (const module of model.modules()) if (module instanceof BatchNorm2d && !module.frozen) module.training = !deaf;
}

test.each(cases)("it finds $mistake", async ({ flaws, says, options }) => {
  expect(await complaintOf(flaws, options)).toMatch(says);
});

test("a step may run the model as often as it says", async () => {
  const twice: Flaws = { end: ({ model, batch }) => noGrad(() => void model.forward(batch.inputs)) };
  for (const forwards of [2, null])
    await fc.assert(trainingStepLaw(stepWith(twice), { subjects: normed(), forwards }), { numRuns: 1 });
});

test("a frozen model learns on, and moves no statistics", async () => {
  const step = stepWith();
  const law = trainingStepLaw(({ model, ...others }: Training) => step({ model: model.train(), ...others }));
  await fc.assert(law, { numRuns: 2 });
});
