import { oneOf, readOptions } from "@tapegrad/tensor/internal";
import { keptInGroup } from "./group-schedule.ts";
import { countFrom, LRScheduler, perGroup, type Scheduled } from "./lr-scheduler.ts";

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
 * Takes the learning rate from where it is to a constant, and keeps it there: for the epochs whose weights are
 * averaged. As in torch, the constant is kept in the groups, so the last `SWALR` that was made decides for all.
 *
 * @see Izmailov et al. 2018, https://arxiv.org/abs/1803.05407
 */
export class SWALR extends LRScheduler {
  readonly #annealEpochs: number;
  readonly #part: (t: number) => number;

  /** @throws ValueError if an option is out of its range. */
  constructor(optimizer: Scheduled, options: SWALROptions) {
    super(optimizer);
    const { swaLr, annealEpochs, annealStrategy } = readOptions("SWALR", options, {
      swaLr: [],
      annealEpochs: [10, countFrom(0)],
      annealStrategy: ["cos", oneOf("cos", "linear")],
    });
    const swaLrs = perGroup("SWALR", "swaLr", swaLr, optimizer);
    optimizer.paramGroups.forEach((group, i) => (group.swaLr = swaLrs[i]!));
    this.#annealEpochs = annealEpochs;
    this.#part = annealStrategy === "cos" ? (t) => (1 - Math.cos(Math.PI * t)) / 2 : (t) => t;
    this.begin();
  }

  protected override nextLrs(): readonly number[] {
    // Counts steps, not epochs: a milestone of SequentialLR sets the epoch to 0. As in torch.
    const step = this.#annealEpochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const partAt = (at: number): number => this.#part(Math.max(0, Math.min(1, at / Math.max(1, this.#annealEpochs))));
    const [before, now] = [partAt(step - 1), partAt(step)];
    return this.optimizer.paramGroups.map((group, i) => {
      const swaLr = keptInGroup("SWALR", this.optimizer, i, "swaLr");
      const first = before === 1 ? swaLr : (group.lr - before * swaLr) / (1 - before);
      return swaLr * now + first * (1 - now);
    });
  }
}
