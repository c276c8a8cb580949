import type { Tensor } from "@tapegrad/tensor";
import { aboveChance, accuracyOf, classesOf } from "../classes.ts";
import { type Check, cannotTell, defineCheck } from "../define-check.ts";
import type { Finding, Outcome } from "../finding.ts";
import { rowsOf } from "../measures.ts";

/** Fewest examples on either side that can tell, and of the batch for each class. */
const fewest = 100;
const fewestOfClass = 25;
/** By how many standard deviations right answers must exceed guessing. */
const significant = 3;

/**
 * Whether labels belong to their inputs, or were shuffled apart from them.
 *
 * One batch does not tell: a network learns any labels by heart. So other examples are needed, `heldOut`, 100 and more on both sides, and 25
 * in the batch for each class: of fewer pictures hardly anything is learned that holds for others. What
 * holds for them is judged twice: by the model, after it has learned the batch for a while, and by the nearest neighbour of each held-out
 * example in the batch. If neither is right more often than guessing, by three standard deviations, nothing of the batch holds for
 * other examples. Labels of another order look so; labels that are hard to learn from so few examples may, too, and the cure says so.
 */
export const checkLabelPairing: Check = defineCheck("checkLabelPairing", async (trial): Promise<Outcome> => {
  const { heldOut } = trial.options;
  if (heldOut === null) return cannotTell("one batch does not tell; give heldOut, other examples");
  if (Math.min(trial.count, heldOut.inputs.shape[0]!) < fewest)
    return cannotTell(`it takes ${fewest} examples on both sides`);
  const { outputsOf } = await trial.course();
  const outputs = outputsOf.get(heldOut.inputs);
  const classes = outputs === undefined ? null : classesOf(outputs, heldOut.targets);
  if (outputs === undefined || classes === null || outputs.rank !== 2)
    return cannotTell("the targets are no classes of the outputs");
  if (trial.count < fewestOfClass * classes)
    return cannotTell(`it takes ${fewestOfClass} examples for each of ${classes} classes`);
  const labels = await heldOut.targets.data();
  const byModel = accuracyOf(await outputs.data(), labels, classes);
  const byNeighbour = await neighbourAccuracy(trial.inputs, await trial.targets.data(), heldOut.inputs, labels);
  const answer = `of the held-out examples, the model knows ${percent(byModel)}, and nearest neighbours ${percent(byNeighbour)}`;
  const best = Math.max(byModel, byNeighbour);
  if (aboveChance(best, labels, classes) > significant) return { answer };
  return { answer, findings: [apart(byModel, byNeighbour, classes)] };
});

function percent(share: number): string {
  return `${(100 * share).toFixed(0)}%`;
}

/** The share of examples whose nearest neighbour has their label. */
async function neighbourAccuracy(
  known: Tensor,
  knownLabels: ArrayLike<number>,
  asked: Tensor,
  askedLabels: ArrayLike<number>,
): Promise<number> {
  const [from, to] = [await rowsOf(known), await rowsOf(asked)];
  let right = 0;
  for (let i = 0; i < to.count; i++) {
    const row = to.row(i);
    let [nearest, least] = [0, Infinity];
    for (let k = 0; k < from.count; k++) {
      const other = from.row(k);
      let distance = 0;
      for (let j = 0; j < row.length && distance < least; j++) distance += (row[j]! - other[j]!) ** 2;
      if (distance < least) [nearest, least] = [k, distance];
    }
    if (knownLabels[nearest] === askedLabels[i]) right++;
  }
  return right / to.count;
}

function apart(byModel: number, byNeighbour: number, classes: number): Finding {
  return {
    fault: "labelsApart",
    layers: [],
    verdict:
      "what is learned from the batch does not hold for other examples at all: the labels do not seem to belong to their inputs",
    evidence: { byModel, byNeighbour, guessing: 1 / classes },
    cure: "look at some inputs beside their labels; inputs and labels must be shuffled together. If they are right, give more examples",
  };
}
