import { type Check, defineCheck } from "../define-check.ts";
import { type Finding, named } from "../finding.ts";
import { makerOf, nameOf, opsNamed } from "../pass.ts";

/**
 * Whether there is something between layers that are linear: one right behind another is worth one layer.
 *
 * Read from the recorded ops; what only reshapes does not count as something. It is a hint, for it may be meant: a narrow layer
 * between two wide ones saves parameters.
 */
export const checkActivations: Check = defineCheck("checkActivations", async (trial) => {
  const pass = await trial.first();
  const runs = opsNamed(pass, "linear", "conv2d").filter(({ inLoss }) => !inLoss);
  const pairs = runs.flatMap((run) => {
    const maker = makerOf(pass, run.inputs[0]!);
    return maker !== null && runs.includes(maker) ? [`${nameOf(pass, maker)} and ${nameOf(pass, run)}`] : [];
  });
  const hint: Finding = {
    fault: "noActivation",
    layers: pairs,
    verdict: `nothing stands between ${named(pairs)}: together they can do no more than one layer`,
    evidence: { pairs: pairs.length },
    cure: "put an activation such as ReLU between them, or leave one out",
  };
  return { answer: `${runs.length} linear layers and convolutions`, hints: pairs.length === 0 ? [] : [hint] };
});
