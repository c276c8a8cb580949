import type { Batch } from "@tapegrad/data";
import type { Layer } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import type { Metrics } from "../metrics/metric.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Inspection } from "./inspection.ts";

/** What training sets out to do. */
export interface StartReport {
  readonly model: Layer;
  /** The epochs to train for; Infinity if something else ends training. */
  readonly epochs: number;
  /** The steps to train for, as far as `epochs`, `steps` and the loader's length tell; else Infinity. */
  readonly steps: number;
  /** The steps of an epoch; null if the loader has no `length`. */
  readonly stepsPerEpoch: number | null;
  readonly seed: number | string | null;
  /** Batches to measure the model with. */
  readonly validation: AsyncIterable<Batch> | null;
  /** What training came to before, if it goes on; else null. */
  readonly before: Past | null;
  /** What is found out while training goes on; it begins after this. */
  readonly inspection: Inspection;
}

/** What a training that goes on came to before it stopped. */
export interface Past {
  /** Some of its steps, if a run folder has kept them. */
  readonly steps: readonly PastStep[];
  readonly epochs: readonly EpochReport[];
}

/** A step that was taken before training stopped. */
export interface PastStep {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly lr: readonly number[];
}

/** What one step of the optimizer came to. */
export interface StepReport {
  /** The epoch, from 1. */
  readonly epoch: number;
  /** The steps taken so far, this one counted. */
  readonly step: number;
  /** The mean loss of the step's examples, not yet read: `await loss.item()`. */
  readonly loss: Tensor;
  /** How many examples the step learned from. */
  readonly examples: number;
  /** The learning rates of the optimizer's groups during the step; none with a step of your own. */
  readonly lr: readonly number[];
  /** The norm of all gradients before they were clipped, not yet read; null without `clipGradNorm`. */
  readonly gradNorm: Tensor | null;
}

/** What an epoch came to. */
export interface EpochReport<M extends Metrics = Metrics> {
  /** From 1. */
  readonly epoch: number;
  /** The steps taken so far, over all epochs. */
  readonly step: number;
  /** False if the signal or the time limit cut the epoch short. One that `steps` ends early counts: it is validated. */
  readonly complete: boolean;
  /** The mean training loss of the epoch's examples, each at its step. */
  readonly loss: number;
  /** Measured in eval mode after a complete epoch; null without validation. */
  readonly validation: Evaluation<M> | null;
  /** The learning rates of the optimizer's groups during the epoch's last step; none with a step of your own. */
  readonly lr: readonly number[];
  /** Of training, without validation. */
  readonly seconds: number;
}

/** How training ended: as asked for, by a callback, by the signal, by the time limit, or because the loop was left. */
export type EndReason = "finished" | "stopped" | "aborted" | "time limit" | "left";

/** What training came to. */
export interface TrainResult<M extends Metrics = Metrics> {
  readonly reason: EndReason;
  readonly epochs: readonly EpochReport<M>[];
  readonly steps: number;
  /** What was found out on the way, as `record` and `diagnose` asked for. */
  readonly inspection: Inspection;
}
