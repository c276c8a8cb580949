import { ValueError } from "@tapegrad/tensor";
import { checkProbability, checkBoolean, checkFinite, oneOf, readOptions } from "@tapegrad/tensor/internal";
import { type GroupSchedule, keptInGroup } from "./group-schedule.ts";
import { checkCount, LRScheduler, perGroup, type Scheduled } from "./lr-scheduler.ts";
import { checkMomentum, setMomentum } from "./set-momentum.ts";

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
  readonly lr: Ends;
  readonly momentum: Ends;
}

type Ends = readonly [from: keyof GroupSchedule, to: keyof GroupSchedule];

/**
 * One rise and one long fall of the learning rate, with momentum moving against it. Call `step()` after every batch. As
 * in torch, the ends are kept in the groups: its first rate becomes their initial rate, and the last `OneCycleLR` that
 * was made decides for all.
 *
 * @see Smith & Topin 2017, https://arxiv.org/abs/1708.07120
 */
export class OneCycleLR extends LRScheduler {
  readonly #phases: readonly Phase[];
  readonly #totalSteps: number;
  readonly #cycleMomentum: boolean;
  readonly #between: (from: number, to: number, part: number) => number;

  /** @throws ValueError if an option is out of its range, or momentum is to move and the optimizer has none. */
  constructor(optimizer: Scheduled, options: OneCycleLROptions) {
    super(optimizer);
    const read = readOptions("OneCycleLR", options, {
      maxLr: [],
      totalSteps: [undefined],
      epochs: [undefined],
      stepsPerEpoch: [undefined],
      pctStart: [0.3, checkProbability],
      annealStrategy: ["cos", oneOf("cos", "linear")],
      cycleMomentum: [true, checkBoolean],
      baseMomentum: [0.85],
      maxMomentum: [0.95],
      divFactor: [25, checkFinite],
      finalDivFactor: [1e4, checkFinite],
      threePhase: [false, checkBoolean],
    });
    const { maxLr, pctStart, annealStrategy, cycleMomentum, baseMomentum, maxMomentum, threePhase } = read;
    const totalSteps = totalStepsOf(options);
    if (cycleMomentum) checkMomentum("OneCycleLR", optimizer);
    const maxLrs = perGroup("OneCycleLR", "maxLr", maxLr, optimizer);
    const maxMomenta = perGroup("OneCycleLR", "maxMomentum", maxMomentum, optimizer);
    const baseMomenta = perGroup("OneCycleLR", "baseMomentum", baseMomentum, optimizer);
    optimizer.paramGroups.forEach((group, i) => {
      const initialLr = maxLrs[i]! / read.divFactor;
      Object.assign(group, { initialLr, maxLr: maxLrs[i]!, minLr: initialLr / read.finalDivFactor });
      if (!cycleMomentum) return;
      setMomentum(group, maxMomenta[i]!);
      Object.assign(group, { maxMomentum: maxMomenta[i]!, baseMomentum: baseMomenta[i]! });
    });
    this.#cycleMomentum = cycleMomentum;
    this.#totalSteps = totalSteps;
    const falls: readonly Phase[] = threePhase
      ? [
          { end: 2 * pctStart * totalSteps - 2, lr: ["maxLr", "initialLr"], momentum: ["baseMomentum", "maxMomentum"] },
          { end: totalSteps - 1, lr: ["initialLr", "minLr"], momentum: ["maxMomentum", "maxMomentum"] },
        ]
      : [{ end: totalSteps - 1, lr: ["maxLr", "minLr"], momentum: ["baseMomentum", "maxMomentum"] }];
    const rise = { lr: ["initialLr", "maxLr"], momentum: ["maxMomentum", "baseMomentum"] } as const;
    this.#phases = [{ end: pctStart * totalSteps - 1, ...rise }, ...falls];
    this.#between =
      annealStrategy === "cos"
        ? (from, to, part) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * part))
        : (from, to, part) => from + (to - from) * part;
    this.begin();
  }

  /** @throws ValueError after `totalSteps` steps. */
  override step(): void {
    if (this.lastEpoch >= this.#totalSteps)
      throw new ValueError(`OneCycleLR: the cycle has ${this.#totalSteps} steps and is over`);
    super.step();
  }

  protected override nextLrs(): readonly number[] {
    const last = this.#phases.length - 1;
    const index = this.#phases.findIndex(({ end }, i) => this.lastEpoch <= end || i === last);
    const { end, lr, momentum } = this.#phases[index]!;
    const start = index === 0 ? 0 : this.#phases[index - 1]!.end;
    const part = end === start ? 1 : (this.lastEpoch - start) / (end - start);
    const { optimizer } = this;
    const at = (group: number, [from, to]: Ends): number => {
      const kept = (key: keyof GroupSchedule): number => keptInGroup("OneCycleLR", optimizer, group, key);
      return this.#between(kept(from), kept(to), part);
    };
    const lrs = optimizer.paramGroups.map((_, i) => at(i, lr));
    if (this.#cycleMomentum) optimizer.paramGroups.forEach((group, i) => setMomentum(group, at(i, momentum)));
    return lrs;
  }
}

/** @throws ValueError unless the steps are given in one of the two ways. */
function totalStepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleLROptions): number {
  if (totalSteps === undefined && (epochs === undefined || stepsPerEpoch === undefined))
    throw new ValueError("OneCycleLR: expected totalSteps, or epochs and stepsPerEpoch");
  const counts = totalSteps === undefined ? { epochs, stepsPerEpoch } : { totalSteps };
  for (const [name, count] of Object.entries(counts)) checkCount("OneCycleLR", name, count);
  return totalSteps ?? epochs! * stepsPerEpoch!;
}
