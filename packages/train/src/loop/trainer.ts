import type { Batch } from "@tapegrad/data";
import { learn, type Learned, checkBatch, checkLoss, checkTrainable } from "@tapegrad/inspect/internal";
import type { Layer } from "@tapegrad/nn";
import { withStrictModeGuard } from "@tapegrad/nn/internal";
import { keep, manualSeed, OverlapError, ValueError } from "@tapegrad/tensor";
import { MeanLoss } from "../metrics/mean-loss.ts";
import type { Metrics } from "../metrics/metric.ts";
import type { Run } from "../runs/run.ts";
import { Averaging } from "./averaging.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { examplesOf, groupsOf } from "./groups.ts";
import { Inspecting } from "./inspection.ts";
import { NaNLossError } from "./nan-loss-error.ts";
import { canReplay, holdsNaN, NaNReplay } from "./nan-replay.ts";
import { type CompleteOptions, readTrainOptions, type TrainOptions } from "./options.ts";
import type { EndReason, EpochReport, StepReport, TrainResult } from "./reports.ts";
import { settingsOf } from "./settings.ts";
import { startReport } from "./start-report.ts";
import {
  checkParts,
  newEpoch,
  type Now,
  restoreParts,
  saveParts,
  type TrainingParts,
  type TrainingState,
} from "./training-state.ts";

interface Failure {
  readonly error: unknown;
}

/** The loss is looked at once in so many steps, so that training does not wait for the device. */
const stepsPerLook = 10;

/**
 * Trains a model, step by step: what `fit` runs, for those who want the loop for themselves.
 *
 * ```ts
 * const trainer = new Trainer(model, { loss: new CrossEntropyLoss(), optimizer, loader, epochs: 3 });
 * for await (const { step, loss } of trainer.steps()) if (step % 100 === 0) console.log(await loss.item());
 * ```
 *
 * Modes are the model's own. Nothing is set to train mode, so parts in eval mode stay so; validation gives every module its mode
 * back. A mode that can hardly be meant is an error in a step.
 */
export class Trainer<B = Batch, M extends Metrics = Record<never, never>> {
  readonly model: Layer;
  readonly #caller: string;
  readonly #options: CompleteOptions<B, M>;
  readonly #epochs: EpochReport<M>[] = [];
  /** Null if a NaN is not to be explained, or cannot be. */
  readonly #replay: NaNReplay | null;
  readonly #averaging: Averaging | null;
  readonly #inspecting: Inspecting;
  readonly #mean = new MeanLoss();
  #steps = 0;
  #now: Now = newEpoch(1);
  /** What training goes on from, until it has. */
  #restored: TrainingState | null = null;
  #folder: Run | null = null;
  #begin: number | null = null;

  /**
   * @param caller the public function whose messages it speaks.
   * @throws ValueError if an option is unknown, missing or of the wrong kind, or if the whole model is in eval mode, in which it
   *   would learn without dropout and without the statistics of batches.
   */
  constructor(model: Layer, options: TrainOptions<B, M>, caller = "Trainer") {
    this.#caller = caller;
    this.#options = readTrainOptions(caller, options);
    checkTrainable(caller, model);
    this.model = model;
    this.#inspecting = new Inspecting(caller, model, this.#options);
    const { loader, average, optimizer, onNaN, lossOf, clipGradNorm } = this.#options;
    this.#averaging = average && new Averaging(model, loader, average);
    const explains = onNaN === "explain" && canReplay(model, optimizer);
    this.#replay = explains ? new NaNReplay(model, { lossOf: lossOf!, optimizer, clipGradNorm }) : null;
  }

  /** Trains to the end. What it throws, `steps` throws. */
  async run(): Promise<TrainResult<M>> {
    const steps = this.steps();
    for (;;) {
      const { done, value } = await steps.next();
      if (done) return value;
    }
  }

  /**
   * All that is needed to go on as if training had never stopped, with live tensors: between two steps, to be saved with `encodeTorch`
   * or `saveTorch`. What `run` saves by itself.
   */
  async stateDict(): Promise<TrainingState> {
    const { sum, examples } = await this.#mean.stateDict();
    const place = { ...this.#now, step: this.#steps, sum, examples };
    return saveParts(this.#parts(), place, this.#epochs);
  }

  /**
   * Lets `steps` go on where `stateDict` was asked, of a training with the same model, options and data. Callbacks get their states after
   * `onStart`.
   *
   * @throws OverlapError if training has begun.
   */
  loadStateDict(state: TrainingState): void {
    this.#checkNew();
    this.#restored = state;
  }

  /**
   * The steps, one after the other. Leaving the loop ends training, after the callbacks' `onEnd`.
   *
   * @throws OverlapError if training has begun before. @throws NaNLossError. @throws ModeError if a layer is in a mode that can
   *   hardly be meant. @throws RunError if the run folder cannot be used. Also what model, loss, loaders and callbacks throw.
   */
  async *steps(): AsyncGenerator<StepReport, TrainResult<M>, undefined> {
    this.#checkNew();
    this.#begin = performance.now();
    const { callbacks, seed } = this.#options;
    await this.#openRun();
    if (seed !== null) manualSeed(seed);
    let result = this.#resultOf("left");
    let failure: Failure | null = null;
    try {
      const report = startReport(this.model, this.#options, this.#restored, this.#folder, this.#inspecting);
      for (const callback of callbacks) await callback.onStart?.(report);
      await this.#goOn();
      result = this.#resultOf(yield* this.#run());
    } catch (error) {
      failure = { error };
    } finally {
      this.#replay?.dispose();
      await this.#end(result, failure);
    }
    return result;
  }

  /** Saves, tells and closes at the end. Each hears of it, also if another one fails at it. @throws the first failure. */
  async #end(result: TrainResult<M>, failure: Failure | null): Promise<void> {
    let first = failure;
    const attempt = async (fn: () => unknown): Promise<void> => {
      try {
        await fn();
      } catch (error) {
        first ??= { error };
      }
    };
    if (first === null && result.reason === "left") await attempt(() => this.#save());
    if (first === null) await attempt(() => this.#averaging?.finish());
    for (const callback of this.#options.callbacks)
      await attempt(() => callback.onEnd?.(first === null ? { ...result, steps: this.#steps } : null, first?.error));
    this.#inspecting.end();
    await attempt(() => this.#folder?.close());
    if (first !== null) throw (first as Failure).error;
  }

  #checkNew(): void {
    if (this.#begin !== null)
      throw new OverlapError(`${this.#caller}: this training has begun before; make another Trainer`);
  }

  #parts(): TrainingParts {
    return { ...this.#options, model: this.model, average: this.#averaging };
  }

  /** Opens the run's folder, if it is to be kept, and takes over where it stopped. */
  async #openRun(): Promise<void> {
    const { run, resume } = this.#options;
    if (run === null) return;
    checkParts(this.#caller, this.#parts());
    const { openRun } = await import("#open-run");
    const settings = await settingsOf(this.model, this.#options);
    this.#folder = await openRun(this.#caller, run, resume, settings);
    this.#restored = this.#folder.checkpoint ?? this.#restored;
  }

  /** Restores what was saved; a run that begins is saved first of all. */
  async #goOn(): Promise<void> {
    if (this.#restored === null) return this.#save();
    const { place, epochs } = this.#restored;
    const { step, sum, examples, ...now } = place;
    await restoreParts(this.#parts(), this.#restored);
    this.#restored = null;
    this.#steps = step;
    this.#epochs.push(...(epochs as readonly EpochReport<M>[]));
    this.#mean.loadStateDict({ sum, examples });
    this.#now = now;
  }

  async #save(report: EpochReport<M> | null = null): Promise<void> {
    if (this.#folder === null) return;
    const state = await this.stateDict();
    await this.#look(state.place.sum);
    await this.#folder.save(state, report);
  }

  #resultOf(reason: EndReason): TrainResult<M> {
    return { reason, epochs: this.#epochs, steps: this.#steps, inspection: this.#inspecting };
  }

  /** Epoch after epoch, until there is a reason to end. */
  async *#run(): AsyncGenerator<StepReport, EndReason, undefined> {
    while (!this.#now.stopped && this.#now.epoch <= this.#options.epochs) {
      const end = yield* this.#epoch();
      const { report, stopped } = await this.#endEpoch(end);
      if (end !== null) return end;
      this.#now = { ...newEpoch(this.#now.epoch + 1), stopped };
      this.#mean.reset();
      await this.#save(report);
    }
    return this.#now.stopped ? "stopped" : "finished";
  }

  /** The steps of an epoch, or what is left of it, to its end or until there is a reason to end training. */
  async *#epoch(): AsyncGenerator<StepReport, EndReason | null, undefined> {
    // A run that goes on may have reached its limit in mid-epoch.
    if (this.#mean.examples > 0 && this.#steps >= this.#options.steps) return "finished";
    if (this.#now.ended) return null;
    const start = performance.now() - 1000 * this.#now.seconds;
    this.#replay?.start();
    for await (const { batches, ended } of groupsOf(this.#options.loader, this.#options.accumulate)) {
      await this.#inspecting.see(this.#caller, batches);
      const report = await this.#step(this.#now.epoch, batches);
      this.#now = { ...this.#now, lr: report.lr, ended, seconds: (performance.now() - start) / 1000 };
      yield report;
      const end = this.#reasonToEnd();
      if (end !== null || this.#folder?.isDue(report.step)) await this.#save();
      if (end !== null) return end;
    }
    return null;
  }

  /** Validates and moves the schedule, if the epoch is complete, and tells what it came to. */
  async #endEpoch(end: EndReason | null): Promise<{ readonly report: EpochReport<M>; readonly stopped: boolean }> {
    const { epoch, lr, seconds } = this.#now;
    const { schedule, scheduleEvery, callbacks } = this.#options;
    if (this.#mean.examples === 0) throw new ValueError(`${this.#caller}: the loader gave no batch in epoch ${epoch}`);
    this.#inspecting.endEpoch();
    const loss = await this.#mean.compute();
    await this.#look(loss);
    const complete = end === null || end === "finished";
    const judge = async (): Promise<{ readonly report: EpochReport<M>; readonly stopped: boolean }> => {
      const validation = complete ? await this.#validate() : null;
      if (complete && scheduleEvery === "epoch") schedule?.step(validation?.loss ?? loss);
      const report: EpochReport<M> = { epoch, step: this.#steps, complete, loss, validation, lr, seconds };
      this.#epochs.push(report);
      await this.#folder?.logEpoch(report);
      let stopped = false;
      for (const callback of callbacks) if ((await callback.onEpoch?.(report)) === "stop") stopped = true;
      return { report, stopped };
    };
    if (!complete || this.#averaging === null) return judge();
    this.#averaging.afterEpoch(epoch);
    return this.#averaging.during(judge);
  }

  async #step(epoch: number, batches: readonly B[]): Promise<StepReport> {
    const { step, lossOf, optimizer, clipGradNorm, schedule, scheduleEvery, callbacks } = this.#options;
    if (step === null) for (const batch of batches) checkBatch(this.#caller, batch);
    this.#replay?.note(this.#steps + 1, batches as readonly Batch[]);
    const lr = optimizer?.paramGroups.map((group) => group.lr) ?? [];
    const { loss, gradNorm } = withStrictModeGuard((): Learned =>
      step === null
        ? learn(this.model, batches as readonly Batch[], { lossOf: lossOf!, optimizer: optimizer!, clipGradNorm })
        : { loss: checkLoss(this.#caller, "step", step(batches[0]!)).detach(), gradNorm: null },
    );
    const examples = batches.reduce((sum, batch) => sum + examplesOf(batch), 0);
    this.#averaging?.afterStep(epoch);
    this.#mean.update(loss, examples);
    const kept = { loss: keep(loss), gradNorm: gradNorm && keep(gradNorm) };
    const report: StepReport = { epoch, step: ++this.#steps, examples, lr, ...kept };
    if (this.#steps % stepsPerLook === 0) {
      await this.#look(await loss.item());
      this.#replay?.pass();
    }
    if (scheduleEvery === "step") schedule?.step();
    await this.#folder?.logStep(report);
    for (const callback of callbacks) await callback.onStep?.(report);
    return report;
  }

  /** @throws NaNLossError if the loss is NaN, or a weight, from which no step and no run could go on. */
  async #look(loss: number): Promise<void> {
    if (Number.isNaN(loss) || (await holdsNaN(this.model)))
      throw new NaNLossError(this.#caller, this.#steps, this.#replay?.explain() ?? null);
  }

  #reasonToEnd(): EndReason | null {
    const { signal, maxSeconds, steps } = this.#options;
    if (signal?.aborted) return "aborted";
    if (this.#steps >= steps) return "finished";
    return performance.now() - this.#begin! > maxSeconds * 1000 ? "time limit" : null;
  }

  async #validate(): Promise<Evaluation<M> | null> {
    const { validation, loss, metrics } = this.#options;
    return validation && this.#inspecting.compare(validation, (each) => evaluate(this.model, each, { loss, metrics }));
  }
}
