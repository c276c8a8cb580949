import { checkModel } from "@tapegrad/inspect/internal";
import type { Module } from "@tapegrad/nn";
import type { StoredTensor, Tensor } from "@tapegrad/tensor";
import { readOptions, SavedFields } from "@tapegrad/tensor/internal";
import type { EpochReport } from "../loop/reports.ts";
import { restoredTensors } from "../loop/restored-tensors.ts";
import type { Callback } from "./callback.ts";
import { isBetter, monitored, type MonitorOptions, monitorRules } from "./monitor.ts";

/** The memory of a `BestWeights`. */
export interface BestWeightsStateDict {
  readonly best: number | null;
  readonly epoch: number | null;
  /** State of the model in its best epoch, under its names; null before there is one. */
  readonly weights: ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor | StoredTensor>> | null;
}

/**
 * Gives the model the weights and buffers of its best epoch back at the end of training, however that came: at the limit, stopped, aborted,
 * or by an error. Without a complete epoch they stay as they are.
 */
export class BestWeights implements Callback {
  readonly #model: Module;
  readonly #options: Required<MonitorOptions>;
  #best: number | null = null;
  #epoch: number | null = null;
  #weights: Map<string, Tensor> | null = null;

  /** @throws ValueError of options out of their range. */
  constructor(model: Module, options: MonitorOptions = {}) {
    checkModel("BestWeights", model);
    this.#model = model;
    this.#options = readOptions<MonitorOptions>("BestWeights", options, monitorRules);
  }

  /** The best epoch, from 1; null before there is one. */
  get epoch(): number | null {
    return this.#epoch;
  }

  onStart(): void {
    this.#best = null;
    this.#epoch = null;
    this.#forget();
  }

  /** @throws ValueError if the epoch has no such value. Epochs that were cut short do not count. */
  onEpoch(report: EpochReport): void {
    if (!report.complete) return;
    const value = monitored("BestWeights", this.#options.monitor, report);
    if (!isBetter(value, this.#best, this.#options)) return;
    this.#best = value;
    this.#epoch = report.epoch;
    this.#forget();
    this.#weights = this.#model.stateDict({ copy: true });
  }

  onEnd(): void {
    if (this.#weights !== null) this.#model.loadStateDict(this.#weights);
    this.#forget();
  }

  /** The tensors are the kept ones, not copies. */
  stateDict(): BestWeightsStateDict {
    return { best: this.#best, epoch: this.#epoch, weights: this.#weights };
  }

  /** @throws ValueError if it is no such state. */
  async loadStateDict(state: BestWeightsStateDict): Promise<void> {
    const saved = new SavedFields("BestWeights.loadStateDict", state);
    const [best, epoch] = ["best", "epoch"].map((name) => (saved.value(name) === null ? null : saved.number(name)));
    const weights = saved.value("weights") as BestWeightsStateDict["weights"];
    const restored = weights === null ? null : await restoredTensors(weights);
    this.#forget();
    this.#best = best!;
    this.#epoch = epoch!;
    this.#weights = restored;
  }

  #forget(): void {
    for (const tensor of this.#weights?.values() ?? []) tensor.dispose();
    this.#weights = null;
  }
}
