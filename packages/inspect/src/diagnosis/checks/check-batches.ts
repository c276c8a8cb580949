import type { Tensor } from "@tapegrad/tensor";
import { checkBatch, type Examples } from "../../training/supervised.ts";
import { classesOf } from "../classes.ts";
import { type Check, cannotTell, defineCheck, type Outcome } from "../define-check.ts";
import type { Finding } from "../finding.ts";
import { farthest, sumOver } from "../measures.ts";

/** So many batches are looked at. */
const most = 8;
/** Fewest examples of a batch whose classes say something. */
const fewest = 8;
/** The part of a batch that its most frequent class may be, if that class changes from batch to batch. */
const largest = 0.9;

/**
 * Whether a loader gives other examples from batch to batch. Its first eight batches are taken, which draws from its generator.
 *
 * - The same: two of them have the same inputs, value by value.
 * - Not shuffled: nine tenths of each batch, of 8 examples or more, are of one class, which is not the same for all.
 */
export const checkBatches: Check = defineCheck("checkBatches", async (trial): Promise<Outcome> => {
  const { loader } = trial.options;
  if (loader === null) return cannotTell("one batch does not tell; give the loader");
  const batches = await firstOf(loader);
  if (batches.length < 2) return cannotTell("the loader has but one batch");
  const answer = `${batches.length} batches of the loader`;
  const twins = await sameAmong(batches.map(({ inputs }) => inputs));
  if (twins !== null) return { answer, findings: [same(...twins)] };
  const { outputs } = await trial.first();
  if (outputs === null || classesOf(outputs, trial.targets) === null) return { answer };
  const leading = await Promise.all(batches.map(leadingClass));
  const sorted = leading.every((each) => each !== null) && new Set(leading).size > 1;
  return { answer, findings: sorted ? [notShuffled(batches.length, new Set(leading).size)] : [] };
});

async function firstOf(loader: AsyncIterable<Examples>): Promise<readonly Examples[]> {
  const batches: Examples[] = [];
  for await (const batch of loader) {
    checkBatch("checkBatches", batch);
    if (batches.push(batch) === most) break;
  }
  return batches;
}

/** The numbers of two that hold the same values. */
async function sameAmong(all: readonly Tensor[]): Promise<readonly [first: number, second: number] | null> {
  const values = await Promise.all(all.map((each) => each.data()));
  for (const [i, one] of values.entries())
    for (let k = 0; k < i; k++)
      if (one.length > 0 && one.length === values[k]!.length && farthest(one, values[k]!) === 0) return [k, i];
  return null;
}

/** The class of nearly all examples of a batch; null if there is none. */
async function leadingClass({ targets }: Examples): Promise<number | null> {
  const labels = await targets.data();
  if (targets.rank !== 1 || labels.length < fewest) return null;
  for (const label of new Set(labels))
    if (sumOver(labels, (each) => Number(each === label)) >= largest * labels.length) return label;
  return null;
}

function same(first: number, second: number): Finding {
  return {
    fault: "sameBatch",
    layers: [],
    verdict: `the loader gives the same batch again: number ${second + 1} is number ${first + 1}`,
    evidence: { first: first + 1, second: second + 1 },
    cure: "look at what makes the batches: an iterator that is begun anew for each, an index or a seed that is always the same",
  };
}

function notShuffled(batches: number, classes: number): Finding {
  return {
    fault: "notShuffled",
    layers: [],
    verdict: "each batch of the loader is of one class: a network forgets the others while it learns one",
    evidence: { batches, classes },
    cure: "shuffle: new DataLoader(dataset, { shuffle: true })",
  };
}
