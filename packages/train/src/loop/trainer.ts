import type { Batch } from "@tapegrad/data";
import type { Layer, Parameter } from "@tapegrad/nn";
import { withStrictModeGuard } from "@tapegrad/nn/mode-guard";
import { keep, manualSeed, OverlapError, ValueError } from "@tapegrad/tensor";
import { MeanLoss } from "../metrics/mean-loss.ts";
import type { Metrics } from "../metrics/metric.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import { learn, type Learned } from "./learn.ts";
import { NaNLossError } from "./nan-loss-error.ts";
import { NaNReplay } from "./nan-replay.ts";
import { isSavable } from "./note-training.ts";
import { type CompleteOptions, readTrainOptions, type TrainOptions } from "./options.ts";
import type { EndReason, EpochReport, StartReport, StepReport, TrainResult } from "./reports.ts";
import { checkBatch, checkLoss, checkTrainable } from "./supervised.ts";

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
  #steps = 0;
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
    const { optimizer, onNaN, lossOf, clipGradNorm } = this.#options;
    const explains = onNaN === "explain" && isSavable(optimizer) && model.parameters().every(isReadable);
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
   * The steps, one after the other. Leaving the loop ends training, after the callbacks' `onEnd`.
   *
   * @throws OverlapError if training has begun before. @throws NaNLossError. @throws ModeError if a layer is in a mode that can
   *   hardly be meant. Also what model, loss, loaders and callbacks throw.
   */
  async *steps(): AsyncGenerator<StepReport, TrainResult<M>, undefined> {
    if (this.#begin !== null)
      throw new OverlapError(`${this.#caller}: this training has begun before; make another Trainer`);
    this.#begin = performance.now();
    const { callbacks, seed } = this.#options;
    if (seed !== null) manualSeed(seed);
    let result = this.#resultOf("left");
    let failure: { readonly error: unknown } | null = null;
    try {
      for (const callback of callbacks) await callback.onStart?.(this.#startReport());
      result = this.#resultOf(yield* this.#run());
    } catch (error) {
      failure = { error };
    } finally {
      this.#replay?.dispose();
      // Each hears of the end, also if another one fails at it.
      for (const callback of callbacks) {
        try {
          await callback.onEnd?.(failure === null ? { ...result, steps: this.#steps } : null, failure?.error);
        } catch (error) {
          failure ??= { error };
        }
      }
    }
    if (failure !== null) throw failure.error;
    return result;
  }

  #resultOf(reason: EndReason): TrainResult<M> {
    return { reason, epochs: this.#epochs, steps: this.#steps };
  }

  #startReport(): StartReport {
    const { loader, accumulate, epochs, steps, seed, validation } = this.#options;
    const { length } = loader as { readonly length?: unknown };
    const stepsPerEpoch = typeof length === "number" ? Math.ceil(length / accumulate) : null;
    const inEpochs = epochs === Infinity ? Infinity : epochs * (stepsPerEpoch ?? Infinity);
    return { model: this.model, epochs, steps: Math.min(steps, inEpochs), stepsPerEpoch, seed, validation };
  }

  /** Epoch after epoch, until there is a reason to end. */
  async *#run(): AsyncGenerator<StepReport, EndReason, undefined> {
    for (let epoch = 1; epoch <= this.#options.epochs; epoch++) {
      const start = performance.now();
      this.#replay?.start();
      const mean = new MeanLoss();
      let lr: readonly number[] = [];
      let end: EndReason | null = null;
      for await (const batches of this.#groups()) {
        const report = await this.#step(epoch, batches, mean);
        lr = report.lr;
        yield report;
        end = this.#reasonToEnd();
        if (end !== null) break;
      }
      if (mean.examples === 0) throw new ValueError(`${this.#caller}: the loader gave no batch in epoch ${epoch}`);
      const loss = await mean.compute();
      if (Number.isNaN(loss)) throw this.#nanLoss();
      const seconds = (performance.now() - start) / 1000;
      const complete = end === null || end === "finished";
      const validation = complete ? await this.#validate() : null;
      if (complete && this.#options.scheduleEvery === "epoch") this.#options.schedule?.step(validation?.loss ?? loss);
      const report: EpochReport<M> = { epoch, step: this.#steps, complete, loss, validation, lr, seconds };
      this.#epochs.push(report);
      let stop = false;
      for (const callback of this.#options.callbacks) if ((await callback.onEpoch?.(report)) === "stop") stop = true;
      if (end !== null) return end;
      if (stop) return "stopped";
    }
    return "finished";
  }

  /** The batches of an epoch, as many at a time as make one step; at its end perhaps fewer. */
  async *#groups(): AsyncGenerator<readonly B[], void, undefined> {
    const { loader, accumulate } = this.#options;
    let group: B[] = [];
    for await (const batch of loader) {
      group.push(batch);
      if (group.length < accumulate) continue;
      yield group;
      group = [];
    }
    if (group.length > 0) yield group;
  }

  async #step(epoch: number, batches: readonly B[], mean: MeanLoss): Promise<StepReport> {
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
    mean.update(loss, examples);
    const kept = { loss: keep(loss), gradNorm: gradNorm && keep(gradNorm) };
    const report: StepReport = { epoch, step: ++this.#steps, examples, lr, ...kept };
    if (this.#steps % stepsPerLook === 0) {
      if (Number.isNaN(await loss.item())) throw this.#nanLoss();
      this.#replay?.start();
    }
    if (scheduleEvery === "step") schedule?.step();
    for (const callback of callbacks) await callback.onStep?.(report);
    return report;
  }

  #nanLoss(): NaNLossError {
    return new NaNLossError(this.#caller, this.#steps, this.#replay?.explain() ?? null);
  }

  #reasonToEnd(): EndReason | null {
    const { signal, maxSeconds, steps } = this.#options;
    if (signal?.aborted) return "aborted";
    if (this.#steps >= steps) return "finished";
    return performance.now() - this.#begin! > maxSeconds * 1000 ? "time limit" : null;
  }

  async #validate(): Promise<Evaluation<M> | null> {
    const { validation, loss, metrics } = this.#options;
    return validation === null ? null : evaluate(this.model, validation, { loss, metrics });
  }
}

function isReadable({ device }: Parameter): boolean {
  return device.synchronous;
}

/** How many examples a batch holds; 1 if it is none that is known. */
function examplesOf(batch: unknown): number {
  return (Object(batch) as Partial<Batch>).inputs?.shape?.[0] ?? 1;
}
