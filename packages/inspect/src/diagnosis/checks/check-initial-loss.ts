import type { Tensor } from "@tapegrad/tensor";
import { aboveChance, accuracyOf, classesOf } from "../classes.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { rmsOf } from "../measures.ts";
import { makerOf, type Pass } from "../pass.ts";
import { guessingLoss } from "../progress.ts";
import type { Trial } from "../trial.ts";

/** How far above guessing the loss may begin, and at least by guessing's again: normal scores of a deviation of 2.5 give that. */
const margin = 3;
/** So many times may a last layer enlarge what it reads: Kaiming's weights do √2 times. */
const mostGain = 3;
/** Beyond so many margins the loss is too high whatever made it so. */
const manyMargins = 10;

/**
 * Whether the loss begins where guessing is: at `log K` for K classes, `log 2` for yes and no.
 *
 * The loss of scores that are all alike is computed with the loss itself, so that class weights and label smoothing count. A loss that is
 * twice as high, and higher by 3, comes of scores that are too large, so the first steps only undo the initialisation. It is a fault if the
 * last layer makes them so, whose outputs are more than three times as large as what it reads, or if the loss is higher by ten times as
 * much; else a hint, for deep residual networks begin so: what they add up grows with their depth. Nothing is said of a model that is right
 * more often than chance (by three standard deviations), as one that has learned is. That the loss is less than half of guessing's is
 * a fault only with `untrained: true`: the answer stands in the inputs then.
 *
 * @see Karpathy 2019, https://karpathy.github.io/2019/04/25/recipe/
 */
export const checkInitialLoss: Check = defineCheck("checkInitialLoss", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const { outputs, loss, value } = pass;
  if (outputs === null || loss === null || !Number.isFinite(value)) return cannotTell("there is no finite loss");
  const guessing = await guessingLoss(trial);
  if (guessing === null) return cannotTell("the loss is none of scores, so there is no loss of guessing");
  const answer = `${value.toPrecision(4)}, where guessing has ${guessing.toPrecision(4)}`;
  const size = await rmsOf(outputs);
  const evidence = { loss: value, guessing, scores: size };
  const more = Math.max(margin, guessing);
  if (value > guessing + more && !(await knowsMore(trial, outputs))) {
    const gain = await lastGain(pass);
    const fault = gain > mostGain || value > guessing + manyMargins * more;
    return { answer, [fault ? "findings" : "hints"]: [tooHigh({ ...evidence, gain })] };
  }
  const low = trial.options.untrained === true && value < guessing / 2;
  return { answer, findings: low ? [tooLow(evidence)] : [] };
});

/** How many times as large the outputs of the last layer are as what it reads; 0 if it is not known. */
async function lastGain(pass: Pass): Promise<number> {
  const maker = pass.outputs === null ? null : makerOf(pass, pass.outputs);
  if (maker === null || !["linear", "conv2d", "matmul"].includes(maker.op)) return 0;
  return (await rmsOf(maker.outputs[0]!)) / (await rmsOf(maker.inputs[0]!));
}

async function knowsMore({ targets }: Trial, outputs: Tensor): Promise<boolean> {
  const classes = classesOf(outputs, targets);
  if (classes === null || outputs.rank !== 2) return false;
  const labels = await targets.data();
  return aboveChance(accuracyOf(await outputs.data(), labels, classes), labels, classes) > 3;
}

type Evidence = Readonly<Record<"loss" | "guessing" | "scores", number>> & { readonly gain?: number };

function tooHigh(evidence: Evidence): Finding {
  return {
    fault: "initialLoss",
    layers: [],
    verdict: `the loss begins at ${evidence.loss.toPrecision(3)}, where guessing has ${evidence.guessing.toPrecision(3)}: the scores are large and wrong`,
    evidence: { ...evidence },
    cure: "initialise the last layer with small weights and its bias with zeros, and normalise the inputs",
  };
}

function tooLow(evidence: Evidence): Finding {
  return {
    fault: "initialLoss",
    layers: [],
    verdict: `an untrained model has a loss of ${evidence.loss.toPrecision(3)}, where guessing has ${evidence.guessing.toPrecision(3)}: it knows the answer`,
    evidence: { ...evidence },
    cure: "look whether the targets stand among the inputs, or whether the weights are those of a training before",
  };
}
