import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import { type Finding, named, type Outcome } from "../finding.ts";

/**
 * Whether the units of a layer differ: rows of a weight that are the same, and get the same gradients, stay the same.
 *
 * Exact: all rows of a weight are equal before the batch is learned, and still after. Weights of zeros in a last layer are not found, for
 * their rows part with the first step.
 */
export const checkSymmetry: Check = defineCheck("checkSymmetry", async (trial): Promise<Outcome> => {
  const { symmetric, losses } = await trial.course();
  if (losses.length < 2) return cannotTell("nothing can be learned");
  if (symmetric.length === 0) return { answer: "the units of each layer differ" };
  const finding: Finding = {
    fault: "symmetricWeights",
    layers: symmetric,
    verdict: `all units of ${named(symmetric)} are the same, and remain so: the layer is worth one unit`,
    evidence: { layers: symmetric.length, steps: losses.length },
    cure: "initialise weights with random numbers, as layers do by themselves; zeros and constants are for biases",
  };
  return { answer: finding.verdict, findings: [finding] };
});
