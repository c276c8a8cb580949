import { checkNumber, integerFrom, readOptions, SavedFields } from "@tapegrad/tensor/internal";
import type { EpochReport } from "../loop/reports.ts";
import type { Callback } from "./callback.ts";
import { isBetter, monitored, type MonitorOptions, monitorRules } from "./monitor.ts";

/** Options of `EarlyStopping`. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** After how many epochs without improvement training ends. @default 3 */
  readonly patience?: number;
  /** By how much the best must be beaten. @default 0 */
  readonly minDelta?: number;
}

/** The memory of an `EarlyStopping`; plain data. */
export interface EarlyStoppingStateDict {
  readonly best: number | null;
  /** Epochs since the best. */
  readonly worse: number;
}

/** Ends training once the validation has got no better for some epochs. `BestWeights` gives the best epoch's weights back. */
export class EarlyStopping implements Callback {
  readonly #options: Required<EarlyStoppingOptions>;
  #best: number | null = null;
  #worse = 0;

  /** @throws ValueError of options out of their range. */
  constructor(options: EarlyStoppingOptions = {}) {
    this.#options = readOptions<EarlyStoppingOptions>("EarlyStopping", options, {
      ...monitorRules,
      patience: [3, integerFrom(1)],
      minDelta: [0, checkNumber],
    });
  }

  onStart(): void {
    this.#best = null;
    this.#worse = 0;
  }

  /** @throws ValueError if the epoch has no such value. Epochs that were cut short do not count. */
  onEpoch(report: EpochReport): "stop" | void {
    if (!report.complete) return;
    const { monitor, patience, minDelta } = this.#options;
    const value = monitored("EarlyStopping", monitor, report);
    if (isBetter(value, this.#best, this.#options, minDelta)) {
      this.#best = value;
      this.#worse = 0;
    } else if (++this.#worse >= patience) return "stop";
  }

  stateDict(): EarlyStoppingStateDict {
    return { best: this.#best, worse: this.#worse };
  }

  /** @throws ValueError if it is no such state. */
  loadStateDict(state: EarlyStoppingStateDict): void {
    const saved = new SavedFields("EarlyStopping.loadStateDict", state);
    const worse = saved.integer("worse", 0);
    this.#best = saved.value("best") === null ? null : saved.number("best");
    this.#worse = worse;
  }
}
