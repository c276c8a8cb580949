import { fromHost, noGrad, type Tensor, withDevice } from "@tapegrad/tensor";
import { add } from "@tapegrad/tensor/ops/add";
import { mul } from "@tapegrad/tensor/ops/mul";
import { classesOf, countsOf, improbable, inOrder, logFactorial } from "../classes.ts";
import { type Check, defineCheck, cannotTell } from "../define-check.ts";
import { type Finding, type Outcome, shown } from "../finding.ts";
import { addUpToOne, largestOver, rmsOf } from "../measures.ts";
import type { Pass } from "../pass.ts";
import { wantsTargets } from "../progress.ts";
import type { Trial } from "../trial.ts";

/** Fewest examples that say something about their order or about which classes there are. */
const fewest = 16;
/** How far three losses may be from lying on a line. */
const rounding = 1e-4;

/**
 * Whether the labels are classes of the model's outputs, more than one, and in no order.
 *
 * - Outside of `0 … K−1`: exact, for K outputs. Labels `1 … K` are named as such.
 * - Where the loss takes targets for probabilities, in which it is affine: outside of `0 … 1`; or, in a cross-entropy of `[n, K, …]`, not adding up to 1 within 0.001.
 * - All of one class: of 16 examples or more.
 * - In order: all examples of a class stand together. Of `n!/Πn_k!` orders of these labels, `d!` are so, for d classes; it is a fault if
 *   less than one in a million is.
 * - Classes that never occur, as a hint: if a draw from classes of one frequency misses as many less than once in a million times; m of K,
 *   `C(K, m)·(1 − m/K)^n`.
 * - Nine tenths of the examples of one class, as a hint.
 * - Numbers on another scale, where the loss is none of scores, and smaller for outputs that are the targets: their root mean square is
 *   beyond 1,000, and 100 times that of the outputs. The first thousands of steps would go into the last bias. A hint from 20 on, and 20
 *   times that of the outputs.
 */
export const checkLabels: Check = defineCheck("checkLabels", async (trial): Promise<Outcome> => {
  const pass = await trial.first();
  const { outputs } = pass;
  const probabilities = await asProbabilities(trial, pass);
  if (probabilities !== null) return probabilities;
  const classes = outputs === null ? null : classesOf(outputs, trial.targets);
  if (classes === null) return numbers(trial, pass);
  const labels = [...(await trial.targets.data())].filter((label) => label !== trial.ignored);
  const outside = labels.filter((label) => label < 0 || label >= classes);
  if (outside.length > 0) return outsideOf(labels, outside, classes);
  const counts = countsOf(labels);
  const seen = `${labels.length} labels of ${counts.size} of ${classes} classes`;
  if (classes < 2 || trial.targets.rank !== 1 || labels.length < fewest) return { answer: seen };
  const findings = counts.size === 1 ? [oneClass(labels)] : inOrder(labels, counts) ? [ordered(labels, counts)] : [];
  const hints = counts.size > 1 && missesByMistake(labels.length, classes, counts.size) ? missing(counts, classes) : [];
  return { answer: seen, findings, hints: [...hints, ...(findings.length === 0 ? imbalanced(labels, counts) : [])] };
});

/** Beyond these sizes numbers are far from what a last layer gives: a fault, and a hint. */
const hugeTargets = { size: 1000, times: 100 };
const largeTargets = { size: 20, times: 20 };

/** What is wrong with targets that are numbers. */
async function numbers(trial: Trial, { outputs }: Pass): Promise<Outcome> {
  const { targets } = trial;
  const told = cannotTell("the targets are no classes of the outputs");
  if (outputs === null || targets.dtype !== "float32" || targets.size !== outputs.size) return told;
  if ((await trial.scores()) !== null) return told;
  const [size, given] = [await rmsOf(targets), await rmsOf(outputs)];
  const answer = `numbers of about ${shown(size)}, where outputs are about ${shown(given)}`;
  const exceeds = (most: typeof hugeTargets): boolean => size > most.size && size > most.times * given;
  if (!exceeds(largeTargets) || !(await wantsTargets(trial, outputs))) return { answer };
  const finding = otherScale(size, given);
  return exceeds(hugeTargets) ? { answer, findings: [finding] } : { answer, hints: [finding] };
}

function otherScale(targets: number, outputs: number): Finding {
  return {
    fault: "targetScale",
    layers: [],
    verdict: `the targets are about ${shown(targets)}, and the outputs about ${shown(outputs)}: weights are drawn for numbers around 1`,
    evidence: { targets, outputs },
    cure: "subtract the mean of the targets and divide by their deviation, and undo it in predictions; or take their logarithm",
  };
}

/** The part of a batch from which on a class hides the others. */
const hiding = 0.9;

function imbalanced(labels: readonly number[], counts: ReadonlyMap<number, number>): readonly Finding[] {
  const [label, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a));
  if (count < hiding * labels.length) return [];
  return [
    {
      fault: "imbalanced",
      layers: [],
      verdict: `${count} of ${labels.length} examples of the batch are of class ${label}: to say so always is nearly always right`,
      evidence: { examples: labels.length, class: label, share: count / labels.length },
      cure: "measure by F1 or the area under the curve, not by accuracy; weigh the classes in the loss, or draw rare ones more often",
    },
  ];
}

/** What is wrong with targets that are probabilities; null if they are none. */
async function asProbabilities(trial: Trial, pass: Pass): Promise<Outcome | null> {
  const { targets } = trial;
  const chain = await trial.scores();
  if (chain === null || targets.dtype !== "float32" || targets.size !== chain.read.size) return null;
  const { loss, outputs } = pass;
  if (loss === null || !(await isAffine(trial, chain.kind === "bce" ? outputs! : scattered(outputs!)))) return null;
  const values = await targets.data();
  const [low, high] = [-largestOver(values, (value) => -value), largestOver(values, (value) => value)];
  const finding = { fault: "labelsOutOfRange", layers: [] } as const;
  const evidence = { smallest: low, largest: high };
  if (low < 0 || high > 1) {
    const verdict = `the targets lie between ${shown(low)} and ${shown(high)}, and the loss takes them for probabilities`;
    return {
      answer: verdict,
      findings: [{ ...finding, verdict, evidence, cure: "give 1 for yes and 0 for no, and no −1" }],
    };
  }
  if (chain.kind !== "crossEntropy" || (await addUpToOne(targets)))
    return { answer: `from ${shown(low)} to ${shown(high)}` };
  const verdict = "the target probabilities of an example do not add up to 1";
  const cure = "divide them by their sum over the classes; if several classes may hold at once, use BCEWithLogitsLoss";
  return { answer: verdict, findings: [{ ...finding, verdict, evidence, cure }] };
}

/** Scores that are not all alike, as those of a last layer of zeros are: of these, more losses are affine. */
function scattered(scores: Tensor): Tensor {
  const offsets = Float32Array.from({ length: scores.size }, (_, i) => 1.5 * Math.sin(i + 1));
  return noGrad(() =>
    add(
      scores,
      withDevice(scores.device, () => fromHost(offsets, scores.shape)),
    ),
  );
}

/**
 * Whether the loss is affine in the targets, as those are that take them for probabilities. A loss that takes them for scores or for
 * logarithms is not, nor does it count as one if it throws for others.
 */
async function isAffine({ options, targets }: Trial, scores: Tensor): Promise<boolean> {
  const lossOf = (times: number): Promise<number> =>
    noGrad(() => options.lossOf(scores.detach(), mul(targets, times))).item();
  try {
    const [none, half, whole] = [await lossOf(0), await lossOf(0.5), await lossOf(1)];
    return Math.abs(none + whole - 2 * half) <= rounding * (Math.abs(none) + Math.abs(whole));
  } catch {
    return false;
  }
}

function outsideOf(labels: readonly number[], outside: readonly number[], classes: number): Outcome {
  const [low, high] = [labels.reduce((a, b) => Math.min(a, b)), labels.reduce((a, b) => Math.max(a, b))];
  const shifted = low >= 1 && high === classes;
  const finding: Finding = {
    fault: "labelsOutOfRange",
    layers: [],
    verdict: shifted
      ? `the labels count from 1 to ${classes}, and classes from 0 to ${classes - 1}`
      : `${outside.length} of ${labels.length} labels are no class: the model has ${classes} outputs, for classes 0 to ${classes - 1}`,
    evidence: { smallest: low, largest: high, classes },
    cure: shifted
      ? "subtract 1 from the labels"
      : "give the model an output for each class, or renumber the labels from 0",
  };
  return { answer: finding.verdict, findings: [finding] };
}

function oneClass(labels: readonly number[]): Finding {
  return {
    fault: "oneClass",
    layers: [],
    verdict: `all ${labels.length} examples of the batch are of class ${labels[0]}`,
    evidence: { examples: labels.length, class: labels[0]! },
    cure: "shuffle the examples in the loader; data sorted by class teaches one class after another and forgets the others",
  };
}

function ordered(labels: readonly number[], counts: ReadonlyMap<number, number>): Finding {
  return {
    fault: "labelsInOrder",
    layers: [],
    verdict: "the examples of the batch are sorted by class: those of a class stand together",
    evidence: { examples: labels.length, classes: counts.size, blocks: counts.size },
    cure: "shuffle the examples in the loader, inputs and labels together",
  };
}

/** Whether so few of the classes hardly occur by chance. */
function missesByMistake(count: number, classes: number, seen: number): boolean {
  const choices = logFactorial(classes) - logFactorial(seen) - logFactorial(classes - seen);
  return seen < classes && choices + count * Math.log(seen / classes) < improbable;
}

function missing(counts: ReadonlyMap<number, number>, classes: number): readonly Finding[] {
  const absent = Array.from({ length: classes }, (_, label) => label).filter((label) => !counts.has(label));
  if (absent.length === 0) return [];
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [
    {
      fault: "classMissing",
      layers: [],
      verdict: `no example of the batch is of class ${absent.slice(0, 5).join(", ")}${absent.length > 5 ? ` or ${absent.length - 5} others` : ""}`,
      evidence: { examples: total, classes, absent: absent.length },
      cure: "if classes are about equally frequent, look at how labels are read and numbered; if the model has more outputs than there are classes, drop some",
    },
  ];
}
