import type { Mutant } from "./mutant.ts";

const step = "packages/testing/test/training-step-law.test.ts";
const law = "packages/testing/src/laws/training-step.ts";
const examples = "packages/testing/src/laws/step-examples.ts";

/** Mistakes in the laws themselves, which let wrong subjects pass. */
export const testingMutants: readonly Mutant[] = [
  {
    name: "step-may-run-the-model-twice",
    breaks: "trainingStepLaw counts how often statistics move",
    file: law,
    find: "if (forwards !== null && counted !== forwards)",
    replace: "if (forwards === null && counted !== forwards)",
    tests: [step],
  },
  {
    name: "step-may-move-what-is-not-the-optimizer's",
    breaks: "trainingStepLaw looks at parameters that the optimizer does not have",
    file: law,
    find: "if (own.has(parameter) && parameter.requiresGrad) continue;\n      const why",
    replace: "if (parameter.requiresGrad) continue;\n      const why",
    tests: [step],
  },
  {
    name: "step-may-keep-gradients",
    breaks: "trainingStepLaw leaves gradients for the step to forget",
    file: law,
    find: "parameter.grad = full(parameter.shape, 1,",
    replace: "parameter.grad = full(parameter.shape, 0,",
    tests: [step],
  },
  {
    name: "examples-may-reach-each-other",
    breaks: "trainingStepLaw tells examples that interact from examples that add up",
    file: examples,
    find: "const together = both - b - a + loss;",
    replace: "const together = both - both - a + a;",
    tests: [step],
  },
  {
    name: "parameters-may-stay",
    breaks: "trainingStepLaw asks of each parameter that the loss depends on whether it moved",
    file: law,
    find: "return rises || falls ? [below, above] : null;",
    replace: "return rises && falls ? [below, above] : null;",
    tests: [step],
  },
  {
    name: "loss-may-rise",
    breaks: "trainingStepLaw wants a loss that falls",
    file: law,
    find: "if (!(sumOf(after) < sumOf(before)))",
    replace: "if (sumOf(after) === sumOf(before))",
    tests: [step],
  },
];
