import { type Finding, shown } from "./finding.ts";

/** A rate of this part of the highest before, or less, has fallen. */
const low = 0.1;
/** A rate that falls for good within so few steps does so at once. */
export const atOnce = 5;
/** So many times as many steps as before must be taken with a rate that has fallen, at once or later, */
const long = { atOnce: 4, later: 9 };
/** and all of them together must be worth no more than this part of those before. */
const worth = 0.2;
/** Where a cosine has its ends: parts of the highest rate. */
const [bottom, top] = [0.01, 0.5];
/** 0.1·0.1 is not 0.01. */
const rounding = 1e-9;

/** When a rate fell for good, and what it was after so many steps in all. */
export interface RateFall {
  readonly before: number;
  readonly after: number;
  /** Steps before it fell. */
  readonly fellAfter: number;
  readonly steps: number;
}

/**
 * A learning rate from step to step, and whether it has collapsed: it is a tenth of its highest value, or less, for nine times as many steps as
 * it was more (four times, if these were five at most), and the sum of the rates of these steps is at most a fifth of the sum before. A rate that
 * goes to 0 because training ends is low for the last fifth of it (a cosine) to five sixths (powers of ten down to a millionth), one that is
 * divided by ten after a fifth of it for the other four, and one over the root of the steps is worth more the longer it takes.
 */
export class RateCourse {
  #steps = 0;
  #highest = 0;
  #latest = 0;
  /** The sum of the rates of all steps, and of those since it fell. */
  #sum = 0;
  #sumSince = 0;
  /** Steps before it fell; null while it has not. */
  #fellAfter: number | null = null;
  /** Whether it ever fell from one step to the next of the same epoch. */
  #moves = false;
  /** How often it has come up again from 0, and whether it is there. */
  #waves = 0;
  #atBottom = false;

  /** The rate of the next step. @param begins whether that is the first of an epoch. */
  add(rate: number, begins = false): void {
    if (!begins && rate < this.#latest) this.#moves = true;
    this.#highest = Math.max(this.#highest, rate);
    if (rate > low * this.#highest * (1 + rounding)) this.#fellAfter = null;
    else if (this.#fellAfter === null) [this.#fellAfter, this.#sumSince] = [this.#steps, 0];
    this.#sumSince += rate;
    this.#sum += rate;
    if (rate < bottom * this.#highest) this.#atBottom = true;
    else if (this.#atBottom && rate > top * this.#highest) {
      // What is there at once begins anew, as it is meant to.
      if (this.#latest >= bottom * this.#highest) this.#waves++;
      this.#atBottom = false;
    }
    this.#latest = rate;
    this.#steps++;
  }

  /** Whether it went down to nothing, and came up again, twice. */
  get swings(): boolean {
    return this.#moves && this.#waves > 1;
  }

  get highest(): number {
    return this.#highest;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Null unless it has collapsed. What moves at the ends of epochs only does as it should. */
  get collapse(): RateFall | null {
    const [fellAfter, steps] = [this.#fellAfter, this.#steps];
    if (!this.#moves || fellAfter === null) return null;
    const times = fellAfter <= atOnce ? long.atOnce : long.later;
    if (steps - fellAfter < times * fellAfter) return null;
    if (this.#sumSince > worth * (this.#sum - this.#sumSince)) return null;
    return { before: this.#highest, after: this.#latest, fellAfter, steps };
  }
}

/** What to do about a schedule that is moved too often. */
export const cureOfSchedules =
  "move a schedule that counts epochs once an epoch, and give one that is moved at each step the number of all steps";

/** What is said of a rate that has collapsed, or will. */
export function collapsed({ before, after, fellAfter, steps }: RateFall): Finding {
  return {
    fault: "rateCollapses",
    layers: [],
    verdict: `the learning rate falls from ${shown(before)} to a tenth or less within ${fellAfter} steps, and is ${shown(after)} after ${steps}: the schedule is moved too often`,
    evidence: { before, after, fellAfter, steps },
    cure: cureOfSchedules,
  };
}

/** What is said of half a cosine that goes on, up and down. */
export function swinging(highest: number, steps: number): Finding {
  return {
    fault: "rateCollapses",
    layers: [],
    verdict: `the learning rate falls to nothing and rises to ${shown(highest)} again, more than once in ${steps} steps: the schedule is moved beyond its tMax`,
    evidence: { highest, steps },
    cure: "give CosineAnnealingLR the number of all steps if it is moved at each, or move it once an epoch; CosineAnnealingWarmRestarts is for cycles",
  };
}

/** What is said of a schedule that has an end, and is soon there. */
export function ending(before: number, after: number, steps: number): Finding {
  return {
    fault: "rateCollapses",
    layers: [],
    verdict: `moved at each step, the schedule is over after ${steps} steps: the learning rate has gone from ${shown(before)} to ${shown(after)}`,
    evidence: { before, after, steps },
    cure: "if training takes more steps, give the schedule the number of all of them, or move it once an epoch",
  };
}
