import { ValueError, refuseUnknownOptions, showValue } from "@tapegrad/tensor";
import { LRScheduler, checkCount, perGroup } from "./lr-scheduler.ts";
import type { Scheduled } from "./lr-scheduler.ts";

/** Options of `SWALR`. */
export interface SWALROptions {
  /** The rate to end at, for all groups or for each. */
  readonly swaLr: number | readonly number[];
  /** How many epochs it takes to get there. @default 10 */
  readonly annealEpochs?: number;
  /** Along half a cosine, or a line. @default "cos" */
  readonly annealStrategy?: "cos" | "linear";
}

/**
 * Takes the learning rate from where it is to a constant, and keeps it there: for the epochs whose weights are averaged.
 *
 * @see Izmailov et al. 2018, https://arxiv.org/abs/1803.05407
 */
export class SWALR extends LRScheduler {
  readonly #swaLrs: readonly number[];
  readonly #annealEpochs: number;
  readonly #part: (t: number) => number;

  /** @throws ValueError if an option is out of its range. */
  constructor(optimizer: Scheduled, options: SWALROptions) {
    super(optimizer);
    refuseUnknownOptions("SWALR", options, ["swaLr", "annealEpochs", "annealStrategy"]);
    const { swaLr, annealEpochs = 10, annealStrategy = "cos" } = options;
    checkCount("SWALR", "annealEpochs", annealEpochs, 0);
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ValueError(`SWALR: annealStrategy must be "cos" or "linear", got ${showValue(annealStrategy)}`);
    }
    this.#swaLrs = perGroup("SWALR", "swaLr", swaLr, optimizer);
    this.#annealEpochs = annealEpochs;
    this.#part = annealStrategy === "cos" ? (t) => (1 - Math.cos(Math.PI * t)) / 2 : (t) => t;
    this.step();
  }

  protected override nextLrs(): readonly number[] {
    const epoch = this.#annealEpochs === 0 ? Math.max(1, this.epoch) : this.epoch;
    const partAt = (at: number): number => this.#part(Math.max(0, Math.min(1, at / Math.max(1, this.#annealEpochs))));
    const [before, now] = [partAt(epoch - 1), partAt(epoch)];
    return this.lastLrs.map((lr, i) => {
      const swaLr = this.#swaLrs[i]!;
      const first = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + first * (1 - now);
    });
  }
}
