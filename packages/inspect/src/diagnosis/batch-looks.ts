import type { Examples } from "../training/supervised.ts";
import { countsOf, inOrder } from "./classes.ts";
import type { Finding, Outcome } from "./finding.ts";
import { fingerprint, sumOver } from "./measures.ts";

/** So many batches are looked at. */
const most = 8;
/** Inputs of fewer values may be equal by chance. */
const fewestValues = 16;
/** Fewest examples of a batch whose classes say something. */
const fewest = 8;
/** The part of a batch that its most frequent class may be, if that class changes from batch to batch. */
const largest = 0.9;

/** What is remembered of a batch. */
interface Look {
  /** Of the inputs' shape and values: equal for equal inputs, unless they are too few. */
  readonly print: string;
  /** What holds the inputs: one for batches that are the same tensor. */
  readonly storage: object;
  /** The classes of the examples; none if targets are no classes. */
  readonly labels: readonly number[];
  /** The class of nearly all examples; null if there is none. */
  readonly leading: number | null;
}

/** The first batches that a loader gives in one go, as far as they have to be remembered to compare them. */
export class BatchLooks {
  readonly #looks: Look[] = [];

  /** Whether there is nothing more to look at. */
  get complete(): boolean {
    return this.#looks.length >= most;
  }

  async add({ inputs, targets }: Examples): Promise<void> {
    const tells = inputs.size >= fewestValues;
    const print = tells ? `${inputs.shape.join()} ${fingerprint(await inputs.data())}` : `${this.#looks.length}`;
    const labels = targets.dtype === "int32" && targets.rank === 1 ? [...(await targets.data())] : [];
    this.#looks.push({ print, storage: inputs.storage, labels, leading: leadingClass(labels) });
  }

  /** What they come to: see `checkBatches`. */
  outcome(): Outcome {
    const looks = this.#looks;
    if (looks.length < 2) return { answer: "cannot be told: the loader has but one batch", told: false };
    const answer = `${looks.length} batches of the loader`;
    const repeated = repetition(looks);
    if (repeated !== null) return { answer, ...repeated };
    const leading = new Set(looks.map((look) => look.leading));
    if (!leading.has(null) && leading.size > 1) return { answer, findings: [notShuffled(looks.length, leading.size)] };
    const labels = looks.flatMap((look) => look.labels);
    const counts = countsOf(labels);
    const sorted = counts.size > 1 && inOrder(labels, counts);
    return { answer, findings: sorted ? [inBlocks(labels.length, counts.size)] : [] };
  }
}

/** What is wrong with batches that come again; null if none does, or all do, round after round, as of a loader that never ends. */
function repetition(looks: readonly Look[]): Pick<Outcome, "findings" | "hints"> | null {
  const prints = looks.map(({ print }) => print);
  const second = prints.findIndex((print, i) => prints.indexOf(print) < i);
  if (second < 0) return null;
  const round = new Set(prints.slice(0, second));
  const inRounds = prints.every((print, i) => {
    const begin = i - (i % second);
    return round.has(print) && prints.indexOf(print, begin) === i;
  });
  if (inRounds && second > 1) return null;
  const finding = same(prints.indexOf(prints[second]!), second);
  return inRounds && looks.every(({ storage }) => storage === looks[0]!.storage)
    ? { hints: [{ ...finding, cure: `${finding.cure}; if it is all there is to learn from, all is well` }] }
    : { findings: [finding] };
}

function leadingClass(labels: readonly number[]): number | null {
  if (labels.length < fewest) return null;
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

function inBlocks(examples: number, classes: number): Finding {
  return {
    fault: "notShuffled",
    layers: [],
    verdict:
      "the loader gives the examples sorted by class, batch after batch: a network forgets the others while it learns one",
    evidence: { examples, classes },
    cure: "shuffle: new DataLoader(dataset, { shuffle: true })",
  };
}
