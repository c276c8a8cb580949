import type {
  DiagnoseOptions,
  Diagnosis,
  InspectedOptimizer,
  LayerWatch,
  Loss,
  RecordStatisticsOptions,
  StatisticsRecorder,
} from "@tapegrad/inspect";
import { checkBatch, isSavable } from "@tapegrad/inspect/internal";
import { BatchNorm, type Layer } from "@tapegrad/nn";
import { ValueError } from "@tapegrad/tensor";
import { isPlainObject, type OptionCheck, showValue } from "@tapegrad/tensor/internal";
import type { TrainOptimizer } from "./options.ts";

/** What is found out about a training. */
export interface Inspection {
  /** What `diagnose` said of the model and the first batch, before the first step; null unless it was asked for. */
  readonly diagnosis: Diagnosis | null;
  /** What moved running statistics, from which line; null unless it was asked for, and if no layer keeps any. */
  readonly recorder: StatisticsRecorder | null;
  /** Activations, gradients and updates now and then; null unless it was asked for. */
  readonly layers: LayerWatch | null;
}

/** How a training is diagnosed: options of `diagnose`, but for what the training has itself. */
export type TrainDiagnoseOptions = Omit<DiagnoseOptions, "batch" | "loss" | "optimizer" | "loader">;

/** What inspecting needs to know of a training. */
export interface InspectingOptions {
  readonly record: boolean | RecordStatisticsOptions;
  readonly diagnose: boolean | TrainDiagnoseOptions;
  readonly loss: Loss | null;
  readonly optimizer: TrainOptimizer | null;
}

/** Diagnoses before the first step, and records and watches from there to the end, as options say. */
export class Inspecting implements Inspection {
  diagnosis: Diagnosis | null = null;
  recorder: StatisticsRecorder | null = null;
  layers: LayerWatch | null = null;
  readonly #model: Layer;
  readonly #options: InspectingOptions;
  #begun = false;

  /** @throws ValueError naming the caller if there is no loss to diagnose with. */
  constructor(caller: string, model: Layer, options: InspectingOptions) {
    if (options.diagnose !== false && options.loss === null)
      throw new ValueError(`${caller}: diagnose needs to know the loss, beside a step of your own`);
    this.#model = model;
    this.#options = options;
  }

  /** Before the first step, with its batch; later calls do nothing. */
  async begin(caller: string, batch: unknown): Promise<void> {
    const { record, diagnose } = this.#options;
    if (this.#begun) return;
    this.#begun = true;
    if (diagnose !== false) this.diagnosis = await this.#diagnose(caller, batch, diagnose === true ? {} : diagnose);
    if (record !== false) await this.#record(record === true ? {} : record);
  }

  /** After the last callback. What was found stays. */
  end(): void {
    this.recorder?.stop();
    this.layers?.stop();
  }

  async #diagnose(caller: string, batch: unknown, options: TrainDiagnoseOptions): Promise<Diagnosis> {
    checkBatch(caller, batch);
    const { inputs, targets } = batch;
    const { loss, optimizer } = this.#options;
    const { diagnose } = await import("@tapegrad/inspect/diagnose");
    // Whether its groups hold parameters is for diagnose to check.
    const inspected = isSavable(optimizer) ? (optimizer as InspectedOptimizer) : null;
    return diagnose(this.#model, { ...options, batch: { inputs, targets }, loss: loss!, optimizer: inspected });
  }

  async #record(options: RecordStatisticsOptions): Promise<void> {
    const model = this.#model;
    const { recordStatistics } = await import("@tapegrad/inspect/record-statistics");
    const { watchLayers } = await import("@tapegrad/inspect/watch-layers");
    if (model.modules().some((module) => module instanceof BatchNorm && module.runningMean !== null))
      this.recorder = recordStatistics(model, options);
    this.layers = watchLayers(model);
  }
}

/** @throws ValueError unless it is true, false or options. What they are is for the function that takes them to check. */
export function trueOrOptionsOf(taker: string): OptionCheck {
  return (caller, name, value) => {
    if (typeof value !== "boolean" && !isPlainObject(value))
      throw new ValueError(`${caller}: ${name} must be true, false or options of ${taker}, got ${showValue(value)}`);
  };
}
