import { ValueError, checkBoolean, refuseUnknownOptions, showValue } from "@tapegrad/tensor";
import { LRScheduler, checkCount, checkFinite, perGroup } from "./lr-scheduler.ts";
import type { Scheduled } from "./lr-scheduler.ts";
import { checkMomentum, setMomentum } from "./momentum.ts";

/** Options of `OneCycleLR`. */
export interface OneCycleLROptions {
  /** The highest rate, for all groups or for each. */
  readonly maxLr: number | readonly number[];
  /** How many times the rate is used. @default `epochs · stepsPerEpoch` */
  readonly totalSteps?: number;
  /** Epochs of the cycle; counts together with `stepsPerEpoch`, if `totalSteps` is not given. */
  readonly epochs?: number;
  /** Batches of an epoch. */
  readonly stepsPerEpoch?: number;
  /** The part of the cycle in which the rate rises. @default 0.3 */
  readonly pctStart?: number;
  /** Between the ends: along half a cosine, or a line. @default "cos" */
  readonly annealStrategy?: "cos" | "linear";
  /** Whether momentum moves against the rate. @default true */
  readonly cycleMomentum?: boolean;
  /** Lowest momentum, for all groups or for each. @default 0.85 */
  readonly baseMomentum?: number | readonly number[];
  /** Highest momentum, for all groups or for each. @default 0.95 */
  readonly maxMomentum?: number | readonly number[];
  /** The first rate is `maxLr / divFactor`. @default 25 */
  readonly divFactor?: number;
  /** The last rate is the first divided by this. @default 1e4 */
  readonly finalDivFactor?: number;
  /** Whether the rate first falls back to where it began, and then to its last value. @default false */
  readonly threePhase?: boolean;
}

/** Where a part of the cycle ends, and between which of a group's values it leads. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: Rate, to: Rate];
  readonly momentum: readonly [from: Rate, to: Rate];
}

type Rate = "first" | "max" | "min";

/**
 * One rise and one long fall of the learning rate, with momentum moving against it. Call `step()` after every batch.
 *
 * @see Smith & Topin 2017, https://arxiv.org/abs/1708.07120
 */
export class OneCycleLR extends LRScheduler {
  readonly #phases: readonly Phase[];
  readonly #totalSteps: number;
  readonly #rates: Readonly<Record<Rate, readonly number[]>>;
  readonly #momenta: Readonly<Record<"max" | "min", readonly number[]>> | null;
  readonly #between: (from: number, to: number, part: number) => number;

  /** @throws ValueError if an option is out of its range, or momentum is to move and the optimizer has none. */
  constructor(optimizer: Scheduled, options: OneCycleLROptions) {
    super(optimizer);
    refuseUnknownOptions("OneCycleLR", options, [
      "maxLr",
      "totalSteps",
      "epochs",
      "stepsPerEpoch",
      "pctStart",
      "annealStrategy",
      "cycleMomentum",
      "baseMomentum",
      "maxMomentum",
      "divFactor",
      "finalDivFactor",
      "threePhase",
    ]);
    const { maxLr, pctStart = 0.3, annealStrategy = "cos", cycleMomentum = true, threePhase = false } = options;
    const { baseMomentum = 0.85, maxMomentum = 0.95, divFactor = 25, finalDivFactor = 1e4 } = options;
    const totalSteps = totalStepsOf(options);
    if (!(Number.isFinite(pctStart) && pctStart >= 0 && pctStart <= 1))
      throw new ValueError(`OneCycleLR: pctStart must lie in [0, 1], got ${showValue(pctStart)}`);
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ValueError(`OneCycleLR: annealStrategy must be "cos" or "linear", got ${showValue(annealStrategy)}`);
    }
    checkBoolean("OneCycleLR", "threePhase", threePhase);
    checkFinite("OneCycleLR", "divFactor", divFactor);
    checkFinite("OneCycleLR", "finalDivFactor", finalDivFactor);
    checkBoolean("OneCycleLR", "cycleMomentum", cycleMomentum);
    if (cycleMomentum) checkMomentum("OneCycleLR", optimizer);
    const max = perGroup("OneCycleLR", "maxLr", maxLr, optimizer);
    const first = max.map((lr) => lr / divFactor);
    this.#rates = { first, max, min: first.map((lr) => lr / finalDivFactor) };
    this.#momenta = cycleMomentum
      ? {
          max: perGroup("OneCycleLR", "maxMomentum", maxMomentum, optimizer),
          min: perGroup("OneCycleLR", "baseMomentum", baseMomentum, optimizer),
        }
      : null;
    this.#totalSteps = totalSteps;
    this.#phases = threePhase
      ? [
          { end: pctStart * totalSteps - 1, lr: ["first", "max"], momentum: ["max", "min"] },
          { end: 2 * pctStart * totalSteps - 2, lr: ["max", "first"], momentum: ["min", "max"] },
          { end: totalSteps - 1, lr: ["first", "min"], momentum: ["max", "max"] },
        ]
      : [
          { end: pctStart * totalSteps - 1, lr: ["first", "max"], momentum: ["max", "min"] },
          { end: totalSteps - 1, lr: ["max", "min"], momentum: ["min", "max"] },
        ];
    this.#between =
      annealStrategy === "cos"
        ? (from, to, part) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part))
        : (from, to, part) => from + (to - from) * part;
    this.baseLrs = first;
    this.step();
  }

  /** @throws ValueError after `totalSteps` steps. */
  override step(): void {
    if (this.epoch >= this.#totalSteps)
      throw new ValueError(`OneCycleLR: the cycle has ${this.#totalSteps} steps and is over`);
    super.step();
  }

  protected override nextLrs(): readonly number[] {
    const last = this.#phases.length - 1;
    const index = this.#phases.findIndex(({ end }, i) => this.epoch <= end || i === last);
    const { end, lr, momentum } = this.#phases[index]!;
    const start = index === 0 ? 0 : this.#phases[index - 1]!.end;
    const part = end === start ? 1 : (this.epoch - start) / (end - start);
    const momenta = this.#momenta;
    if (momenta !== null) {
      const [from, to] = momentum.map((which) => momenta[which === "max" ? "max" : "min"]);
      this.optimizer.paramGroups.forEach((group, i) => setMomentum(group, this.#between(from![i]!, to![i]!, part)));
    }
    const [from, to] = [this.#rates[lr[0]], this.#rates[lr[1]]];
    return from.map((rate, i) => this.#between(rate, to[i]!, part));
  }
}

/** @throws ValueError unless the steps are given in one of the two ways. */
function totalStepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps !== undefined) {
    checkCount("OneCycleLR", "totalSteps", totalSteps);
    return totalSteps;
  }
  if (epochs === undefined || stepsPerEpoch === undefined)
    throw new ValueError("OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch");
  checkCount("OneCycleLR", "epochs", epochs);
  checkCount("OneCycleLR", "stepsPerEpoch", stepsPerEpoch);
  return epochs * stepsPerEpoch;
}
