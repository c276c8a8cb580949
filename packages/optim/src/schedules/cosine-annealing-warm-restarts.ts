import type { SavedMap } from "@tapegrad/tensor";
import { checkFinite, readOptions, SavedFields } from "@tapegrad/tensor/internal";
import { checkCount, countFrom, LRScheduler, type Scheduled, type SchedulerStateDict } from "./lr-scheduler.ts";

/** Options of `CosineAnnealingWarmRestarts`. */
export interface WarmRestartsOptions {
  /** How much longer each period is than the one before. @default 1 */
  readonly tMult?: number;
  /** Where the rate falls to. @default 0 */
  readonly etaMin?: number;
}

/** The memory of a `CosineAnnealingWarmRestarts`; plain JSON. */
export type WarmRestartsStateDict = SchedulerStateDict & {
  /** Epochs since the last restart. */
  readonly tCur: number;
  /** Epochs from that restart to the next. */
  readonly tI: number;
};

/**
 * Lets the learning rate fall along half a cosine, again and again: for `t0` epochs, then for `t0·tMult`, and so on.
 *
 * `lr = etaMin + (lr₀ − etaMin)·(1 + cos(π·t/T))/2`, `t` epochs after the last restart and `T` the length of the period.
 *
 * @see Loshchilov & Hutter 2016, https://arxiv.org/abs/1608.03983
 */
export class CosineAnnealingWarmRestarts extends LRScheduler {
  readonly #t0: number;
  readonly #options: Required<WarmRestartsOptions>;
  /** Epochs since the last restart, and from it to the next. */
  #tCur = 0;
  #period: number;

  /** @throws ValueError if `t0` or `tMult` is not a positive integer. */
  constructor(optimizer: Scheduled, t0: number, options: WarmRestartsOptions = {}) {
    super(optimizer);
    checkCount("CosineAnnealingWarmRestarts", "t0", t0);
    this.#options = readOptions("CosineAnnealingWarmRestarts", options, {
      tMult: [1, countFrom(1)],
      etaMin: [0, checkFinite],
    });
    this.#t0 = t0;
    this.#period = t0;
    this.begin();
  }

  /** Where the schedule is, for `loadStateDict`. */
  override stateDict(): WarmRestartsStateDict {
    return { ...super.stateDict(), tCur: this.#tCur, tI: this.#period };
  }

  override readState(state: WarmRestartsStateDict | SavedMap): () => void {
    const load = super.readState(state);
    const saved = new SavedFields("CosineAnnealingWarmRestarts.loadStateDict", state);
    const [tCur, period] = [saved.integer("tCur", 0), saved.integer("tI", 1)];
    return () => {
      load();
      [this.#tCur, this.#period] = [tCur, period];
    };
  }

  protected override nextLrs(): readonly number[] {
    const { tMult, etaMin } = this.#options;
    if (this.lastEpoch === 0) [this.#tCur, this.#period] = [0, this.#t0];
    else if (++this.#tCur >= this.#period) {
      this.#tCur -= this.#period;
      this.#period *= tMult;
    }
    const part = (1 + Math.cos((Math.PI * this.#tCur) / this.#period)) / 2;
    return this.baseLrs.map((lr) => etaMin + (lr - etaMin) * part);
  }
}
