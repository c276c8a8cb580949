import type { Batch } from "@tapegrad/data";
import type {
  CheckReport,
  DiagnoseOptions,
  Diagnosis,
  InspectedOptimizer,
  LayerWatch,
  Loss,
  RecordStatisticsOptions,
  StatisticsRecorder,
} from "@tapegrad/inspect";
import {
  BatchLooks,
  checkBatch,
  ExampleMemory,
  isSavable,
  learn,
  RateWatch,
  reportOf,
} from "@tapegrad/inspect/internal";
import { BatchNorm, type Layer } from "@tapegrad/nn";
import { copyOf } from "@tapegrad/nn/internal";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { isPlainObject, type OptionCheck, showValue } from "@tapegrad/tensor/internal";
import type { TrainOptimizer } from "./options.ts";

/** What is found out about a training. */
export interface Inspection {
  /**
   * What `diagnose` said of the model and the first batch, before the first step; null unless it was asked for. Added when it is known: what the
   * first eight batches of the first epoch show, labels of later epochs that have changed, what the first two validations show beside the
   * examples that were learned from, and how the learning rate goes on.
   */
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
  readonly validation: AsyncIterable<Batch> | null;
  readonly lossOf: ((outputs: Tensor, targets: Tensor) => Tensor) | null;
  readonly clipGradNorm: number | null;
}

/** Diagnoses before the first step, and records and watches from there to the end, as options say. */
export class Inspecting implements Inspection {
  diagnosis: Diagnosis | null = null;
  recorder: StatisticsRecorder | null = null;
  layers: LayerWatch | null = null;
  readonly #model: Layer;
  readonly #options: InspectingOptions;
  #begun = false;
  /** What is seen of the first batches; null if nobody asked, or all has been said. */
  #looks: BatchLooks | null = null;
  /** Null if nobody asked, or a rate has collapsed. */
  #rates: RateWatch | null = null;
  /** Null if nobody asked. */
  #memory: ExampleMemory | null = null;
  /** A copy of the batch that was diagnosed, until validation is compared with it. */
  #batch: Batch | null = null;

  /** @throws ValueError naming the caller if there is no loss to diagnose with. */
  constructor(caller: string, model: Layer, options: InspectingOptions) {
    if (options.diagnose !== false && options.loss === null)
      throw new ValueError(`${caller}: diagnose needs to know the loss, beside a step of your own`);
    this.#model = model;
    this.#options = options;
  }

  /** Before each step, with its batches. */
  async see(caller: string, batches: readonly unknown[]): Promise<void> {
    const { record, diagnose } = this.#options;
    if (!this.#begun) {
      this.#begun = true;
      if (diagnose !== false) await this.#diagnose(caller, batches[0], diagnose === true ? {} : diagnose);
      if (record !== false) await this.#record(record === true ? {} : record);
    }
    this.#judgeRates();
    if (this.#memory === null) return;
    for (const batch of batches) {
      checkBatch(caller, batch);
      await this.#looks?.add(batch);
    }
    this.#add(await this.#memory.see(batches as readonly Batch[]));
    if (this.#looks?.complete) this.#judgeBatches();
  }

  /** After the last step of an epoch. */
  endEpoch(): void {
    this.#judgeBatches();
    this.#judgeRates();
    this.#rates?.endEpoch();
    this.#memory?.endEpoch();
  }

  /** Runs a validation, whose first batch is compared with the one that was diagnosed, and its examples with those of training. */
  async compare<R>(
    validation: AsyncIterable<Batch>,
    run: (validation: AsyncIterable<Batch>) => Promise<R>,
  ): Promise<R> {
    if (this.#memory === null) return run(validation);
    const result = await this.#compareFirst(this.#memory.hold(validation), run);
    this.#add(this.#memory.judge());
    return result;
  }

  async #compareFirst<R>(
    validation: AsyncIterable<Batch>,
    run: (validation: AsyncIterable<Batch>) => Promise<R>,
  ): Promise<R> {
    const batch = this.#batch;
    if (batch === null) return run(validation);
    this.#batch = null;
    const seen = [batch];
    try {
      const result = await run(noting(validation, seen));
      const { checkHeldOut } = await import("@tapegrad/inspect/check-held-out");
      this.#add(await checkHeldOut(this.#model, { batch, loss: this.#options.loss!, heldOut: seen[1]! }));
      return result;
    } finally {
      for (const each of seen) dispose(each);
    }
  }

  /** After the last callback. What was found stays. */
  end(): void {
    this.#judgeBatches();
    this.#rates?.stop();
    if (this.#batch !== null) dispose(this.#batch);
    this.recorder?.stop();
    this.layers?.stop();
  }

  #judgeBatches(): void {
    if (this.#looks === null) return;
    this.#add(reportOf("checkBatches", this.#looks.outcome()));
    this.#looks = null;
  }

  #judgeRates(): void {
    const finding = this.#rates?.finding ?? null;
    if (finding === null) return;
    this.#add(reportOf("checkStep", { answer: "the schedule is moved", findings: [finding] }));
    this.#rates!.stop();
    this.#rates = null;
  }

  #add(report: CheckReport | null): void {
    if (report !== null) this.diagnosis = this.diagnosis!.with(report);
  }

  async #diagnose(caller: string, batch: unknown, options: TrainDiagnoseOptions): Promise<void> {
    checkBatch(caller, batch);
    const { loss, optimizer, validation } = this.#options;
    const { diagnose } = await import("@tapegrad/inspect/diagnose");
    // Whether its groups hold parameters is for diagnose to check.
    const inspected = isSavable(optimizer) ? (optimizer as InspectedOptimizer) : null;
    const { inputs, targets } = batch;
    const { clipGradNorm, lossOf } = this.#options;
    const ownStep = (examples: Batch): unknown =>
      learn(this.#model, [examples], { lossOf: lossOf!, optimizer: optimizer!, clipGradNorm });
    const step = clipGradNorm === null ? {} : { step: ownStep };
    const given = { ...step, ...options, batch: { inputs, targets }, loss: loss!, optimizer: inspected };
    this.diagnosis = await diagnose(this.#model, given);
    this.#looks = new BatchLooks();
    this.#memory = new ExampleMemory();
    this.#rates = new RateWatch(this.#model);
    if (validation !== null && (options.heldOut ?? null) === null) this.#batch = copyOfBatch(batch);
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

/** The batches, of the first of which a copy is noted. */
async function* noting(batches: AsyncIterable<Batch>, copies: Batch[]): AsyncGenerator<Batch> {
  let first = true;
  for await (const batch of batches) {
    checkBatch("evaluate", batch);
    if (first) copies.push(copyOfBatch(batch));
    first = false;
    yield batch;
  }
}

function dispose({ inputs, targets }: Batch): void {
  inputs.dispose();
  targets.dispose();
}

function copyOfBatch({ inputs, targets }: Batch): Batch {
  return { inputs: copyOf(inputs), targets: copyOf(targets) };
}

/** @throws ValueError unless it is true, false or options. What they are is for the function that takes them to check. */
export function trueOrOptionsOf(taker: string): OptionCheck {
  return (caller, name, value) => {
    if (typeof value !== "boolean" && !isPlainObject(value))
      throw new ValueError(`${caller}: ${name} must be true, false or options of ${taker}, got ${showValue(value)}`);
  };
}
