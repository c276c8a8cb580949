import { type CheckReport, type Finding, reportOf } from "../diagnosis/finding.ts";
import { fingerprint, rowsOf } from "../diagnosis/measures.ts";
import { checkBatch, type Examples } from "./supervised.ts";

/** So many examples are remembered, and so many batches of later epochs are looked at. */
const most = 50_000;
const batchesLater = 8;
/** Inputs of fewer values may be equal by chance, and of fewer examples nothing is said. */
const fewestValues = 4;
const fewest = 8;
/** The share of known examples whose labels may have changed, and of held-out ones that may be known but for chance. */
const changed = 0.25;
const known = 0.25;

/** What a pass over held-out examples was. */
interface Pass {
  examples: number;
  seen: number;
  readonly targets: Set<string>;
  /** Of all targets, and of all inputs, in order. */
  targetPrint: string;
  inputPrint: string;
}

/**
 * Remembers the examples of the first epoch by their fingerprints, with their labels, to tell:
 *
 * - labels that have changed in a later epoch: of a quarter of the examples of a batch that come again bit by bit, and of 8 at least. Inputs
 *   that had two labels in the first epoch say nothing;
 * - held-out examples that were learned from: a quarter of them, beyond twice the share of examples that came again in the first epoch. Where
 *   inputs are of few kinds, as of categories, both are high by chance;
 * - held-out examples that come with the same targets in the same order, and with other inputs than the time before: a hint, for they may
 *   be made anew each time.
 *
 * Inputs that are augmented come never again, so nothing is said of them.
 */
export class ExampleMemory {
  /** Labels by inputs; null where there is none, or not one alone. */
  readonly #labels = new Map<string, number | null>();
  /** Examples of the first epoch that were looked at, and those among them that had been there before. */
  #looked = 0;
  #repeated = 0;
  #epoch = 1;
  #step = 0;
  /** Batches of this epoch. */
  #batches = 0;
  #apart = false;
  #validations = 0;
  /** The last pass over held-out examples, null once it was judged; and the one that was judged before. */
  #last: Pass | null = null;
  #before: Pass | null = null;

  /** Looks at the batches of a step before they are learned from. */
  async see(batches: readonly Examples[]): Promise<CheckReport | null> {
    this.#step++;
    for (const batch of batches) {
      const report = await this.#seeBatch(batch);
      if (report !== null) return report;
    }
    return null;
  }

  async #seeBatch({ inputs, targets }: Examples): Promise<CheckReport | null> {
    const over = this.#epoch > 1 ? ++this.#batches > batchesLater : this.#labels.size >= most;
    if (over || this.#apart || !inputs.device.synchronous) return null;
    const { prints, labels } = await printsOf({ inputs, targets });
    let [again, others] = [0, 0];
    for (const [i, print] of prints.entries()) {
      const [label, now] = [this.#labels.get(print), labels?.[i] ?? null];
      if (this.#epoch === 1) {
        this.#looked++;
        if (label !== undefined) this.#repeated++;
        if (label === undefined ? this.#labels.size < most : label !== now)
          this.#labels.set(print, label === undefined ? now : null);
      } else if (typeof label === "number") {
        again++;
        if (now !== null && now !== label) others++;
      }
    }
    if (others < fewest || others < changed * again) return null;
    this.#apart = true;
    return reportOf("checkLabelPairing", {
      answer: `in step ${this.#step}, ${others} of ${again} examples have other labels than before`,
      findings: [labelsChanged(this.#step, this.#epoch, others, again)],
    });
  }

  endEpoch(): void {
    this.#epoch++;
    this.#batches = 0;
  }

  /** Hands on held-out examples, and looks at them: the first two times. */
  async *hold<B extends Examples>(examples: AsyncIterable<B>): AsyncGenerator<B> {
    const looks = ++this.#validations <= 2;
    const pass: Pass = { examples: 0, seen: 0, targets: new Set(), targetPrint: "", inputPrint: "" };
    for await (const batch of examples) {
      checkBatch("evaluate", batch);
      if (looks && batch.inputs.device.synchronous) await this.#hear(pass, batch);
      yield batch;
    }
    if (looks) this.#last = pass;
  }

  /** What the last pass over held-out examples tells. */
  judge(): CheckReport | null {
    const [pass, before] = [this.#last, this.#before];
    if (pass === null) return null;
    [this.#last, this.#before] = [null, pass];
    if (pass.examples < fewest) return null;
    const share = pass.seen / pass.examples;
    const byChance = (2 * this.#repeated) / Math.max(1, this.#looked);
    const [findings, hints]: [Finding[], Finding[]] = [[], []];
    if (before === null && share >= known + byChance) findings.push(learnedFrom(share, pass.examples));
    if (before !== null && before.examples === pass.examples && before.targetPrint === pass.targetPrint)
      if (pass.targets.size > 1 && pass.examples >= 2 * fewest && before.inputPrint !== pass.inputPrint)
        hints.push(otherInputs(pass.examples));
    if (findings.length + hints.length === 0) return null;
    return reportOf("checkHeldOut", { answer: `${pass.examples} examples of validation`, findings, hints });
  }

  async #hear(pass: Pass, batch: Examples): Promise<void> {
    const { prints } = await printsOf(batch);
    const targets = await rowsOf(batch.targets);
    pass.examples += prints.length;
    pass.seen += prints.filter((print) => this.#labels.has(print)).length;
    const own = Array.from({ length: targets.count }, (_, i) => fingerprint(targets.row(i)));
    for (const print of own) pass.targets.add(print);
    pass.targetPrint = chained(pass.targetPrint, own);
    pass.inputPrint = chained(pass.inputPrint, prints);
  }
}

/** A text that stands for all texts so far, in order. */
function chained(before: string, more: readonly string[]): string {
  return fingerprint(Int32Array.from([before, ...more].join(), (letter) => letter.charCodeAt(0)));
}

/** The fingerprints of a batch's inputs, none if they tell nothing; and its labels, null if targets are no classes. */
async function printsOf({
  inputs,
  targets,
}: Examples): Promise<{ prints: string[]; labels: ArrayLike<number> | null }> {
  const { count, size, row } = await rowsOf(inputs);
  const prints = size < fewestValues ? [] : Array.from({ length: count }, (_, i) => fingerprint(row(i)));
  const classes = targets.dtype === "int32" && targets.rank === 1 && targets.size === count;
  return { prints, labels: classes ? await targets.data() : null };
}

function labelsChanged(step: number, epoch: number, others: number, again: number): Finding {
  return {
    fault: "labelsApart",
    layers: [],
    verdict: `in step ${step}, in epoch ${epoch}, ${others} of ${again} examples that were there before have other labels: labels were shuffled apart from their inputs`,
    evidence: { step, epoch, changed: others, known: again },
    cure: "shuffle inputs and labels together, by one order of indices; DataLoader does so with { shuffle: true }",
  };
}

function learnedFrom(share: number, examples: number): Finding {
  return {
    fault: "heldOutSeen",
    layers: [],
    verdict: `${(100 * share).toFixed(0)}% of the examples of validation were learned from in the first epoch`,
    evidence: { share, examples },
    cure: "split the data before it is copied or augmented, and each example to one side alone",
  };
}

function otherInputs(examples: number): Finding {
  return {
    fault: "validationChanges",
    layers: [],
    verdict:
      "validation has the same targets as the time before, and other inputs: they are augmented, noise is added, or they are made anew",
    evidence: { examples },
    cure: "augment the training data only; validation that is random measures another thing each time",
  };
}
