/** Running statistics of a layer, one value a channel. */
export interface RunningStatistics {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
  /** Batches that the layer says it has seen; null if it does not count. */
  readonly batches: number | null;
}

/** Mean and variance of a batch, one value a channel; the variance is biased, as it normalises. */
export interface BatchStatistics {
  readonly mean: readonly number[];
  readonly variance: readonly number[];
}

/**
 * What the program was doing when it called a layer:
 *
 * - `learning`: a backward pass used the call;
 * - `evaluating`: nothing learnt from it. Gradients were not recorded, or the call was inside nn's `evaluating()`, or the model as a
 *   whole was in eval mode, or gradients were recorded and no backward pass had used them when the next step was taken;
 * - `renewing`: statistics were moved on purpose, without gradients, inside nn's `training()` or `withoutModeGuard()`, as
 *   `updateBatchNorm` does;
 * - `undecided`: gradients were recorded, and it is too early to say.
 */
export type Activity = "learning" | "evaluating" | "renewing" | "undecided";

/** A layer that keeps running statistics. */
export interface RecordedLayer {
  /** Its name in the network: `""` for the network itself, else as in state dicts. */
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  readonly channels: number;
  /** Whether train mode counts the batches. Instance norms keep a count that stays 0, as in torch. */
  readonly counts: boolean;
}

/** One call of one layer. */
export interface RecordedCall {
  readonly event: "call";
  /** Its number among all events, from 0. */
  readonly index: number;
  /** Steps of the optimizer before it. */
  readonly step: number;
  /** The number of the outermost call that it was part of, from 0: of the model, as a rule. */
  readonly pass: number;
  readonly layer: string;
  readonly mode: "train" | "eval" | "frozen";
  /** Whether running statistics were moved. */
  readonly moved: boolean;
  /** Whether gradients were recorded. */
  readonly gradients: boolean;
  readonly activity: Activity;
  /** Why it counts as that, in words. */
  readonly because: string;
  /** The first extent of the input; null if the input was no tensor. */
  readonly batchSize: number | null;
  /** How many values each statistic of the batch is made of; null if that is not known. */
  readonly count: number | null;
  /** The weight of the batch in the running statistics; null for the average of all batches; undefined if the layer has none. */
  readonly momentum: number | null | undefined;
  /** Where the program called the model: `train.ts:31:18`. */
  readonly place: string;
  /** Null where the input tells nothing of it: an empty batch, or a forward that threw. */
  readonly batch: BatchStatistics | null;
  readonly before: RunningStatistics;
  readonly after: RunningStatistics;
}

/** Statistics that had changed when nobody had called the layer: loaded, assigned, reset, or moved by an optimizer. */
export interface RecordedChange {
  readonly event: "change";
  readonly index: number;
  /** Steps of the optimizer before it was found. */
  readonly step: number;
  readonly layer: string;
  /** What the new values tell: those of a new layer, those after an earlier event, or others. */
  readonly kind: "reset" | "put back" | "assigned";
  /** For `put back`: the event after which the statistics were the same. */
  readonly same: number | null;
  /** What changed them, where tapegrad did: `loadStateDict`, `resetRunningStats`; null for what nobody explained. */
  readonly by: string | null;
  /** Where the program called that. */
  readonly place: string | null;
  /** The event of this layer before it, and the one that found it; null where there is none. */
  readonly between: readonly [before: number | null, after: number | null];
  readonly before: RunningStatistics;
  readonly after: RunningStatistics;
}

/** What a recording is made of. */
export type RecordedEvent = RecordedCall | RecordedChange;

/** Calls of one layer that are alike, from the first event to the last, also those that the ring has dropped. */
export interface Tally {
  readonly layer: string;
  readonly mode: RecordedCall["mode"];
  readonly moved: boolean;
  /** Whether the layer had been called before in the pass, and what holds it had not. */
  readonly again: boolean;
  /** If statistics were moved by a batch of one example, or by fewer than 8 values for each channel. */
  readonly batch: "one example" | "few values" | null;
  /** The momentum, if it is 0, 1, reversed or beyond; null otherwise. */
  readonly oddMomentum: number | null;
  readonly activity: Activity;
  readonly because: string;
  readonly place: string;
  readonly calls: number;
  readonly first: Moment;
  readonly last: Moment;
}

/** A point of a recording. */
export interface Moment {
  readonly step: number;
  readonly index: number;
}

/** Everything that a recorder holds, as plain data: `JSON.stringify` writes it. */
export interface StatisticsRecording {
  readonly layers: readonly RecordedLayer[];
  /** In the order in which they happened. */
  readonly events: readonly RecordedEvent[];
  readonly tallies: readonly Tally[];
  /** How many of the oldest events the ring has dropped. */
  readonly dropped: number;
  /** Steps of the optimizer so far. */
  readonly steps: number;
}
