import { joined, type NormRow, NormWatch } from "@tapegrad/inspect/internal";
import type { EpochReport, Past, StartReport, StepReport } from "../loop/reports.ts";
import { epochValues } from "./epoch-values.ts";
import { Pace } from "./pace.ts";
import type { Place } from "./progress.ts";
import { type Point, Series } from "./series.ts";
import { StepReader, type StepRow } from "./step-reader.ts";

/** Norms are measured once in so many steps, later less often. */
const stepsPerNorm = 20;
/** How often what steps came to is read. */
const secondsPerLook = 1;

/** What has been seen of training, as curves of bounded length over its steps. */
export class History {
  readonly start: StartReport;
  readonly pace: Pace;
  readonly startedAt: Date = new Date();
  readonly loss: Series = new Series();
  readonly gradNorm: Series = new Series();
  /** The norm of an update, as a part of the weights' norm. */
  readonly updateRatio: Series = new Series();
  readonly examplesPerSecond: Series = new Series();
  /** A curve for each group of the optimizer. */
  readonly lr: Series[] = [];
  /** Values by name, each epoch's at its last step. */
  readonly values: Map<string, Series> = new Map();
  /** How many epochs are over. */
  epochs = 0;
  /** Each parameter's norms, as they were measured last. */
  lastNorms: NormRow | null = null;
  /** The last step that was taken. */
  at: Place | null = null;
  readonly #reader = new StepReader(secondsPerLook);
  readonly #norms: NormWatch;
  /** Since when the pace is measured, and what was learned from since. */
  #lastSeconds = 0;
  #examples = 0;

  constructor(start: StartReport) {
    this.start = start;
    this.pace = new Pace(start);
    this.#norms = new NormWatch(start.model, stepsPerNorm);
    this.#reader.start();
    this.#recall(start.before);
  }

  /** Begins the curves where the run began. */
  #recall(before: Past | null): void {
    if (before === null) return;
    for (const { step, loss, lr } of before.steps) this.#point(step, loss, lr);
    for (const report of before.epochs) this.#close(report);
  }

  /** Seconds since training began. */
  get seconds(): number {
    return this.#reader.seconds;
  }

  /** Takes a step in. True if the curves grew. */
  async step(report: StepReport): Promise<boolean> {
    this.at = { epoch: report.epoch, step: report.step };
    this.pace.step(report);
    this.#norms.step(report.step);
    const rows = await this.#reader.add(report);
    await this.#grow(rows);
    return rows.length > 0;
  }

  async epoch(report: EpochReport): Promise<void> {
    await this.#grow(await this.#reader.rest());
    this.pace.epoch(report);
    // Validation is no part of the pace of steps.
    this.#lastSeconds = this.seconds;
    this.#examples = 0;
    this.#close(report);
  }

  #point(step: number, loss: number, lr: readonly number[]): void {
    this.loss.add(step, loss);
    lr.forEach((rate, i) => (this.lr[i] ??= new Series()).add(step, rate));
  }

  #close(report: EpochReport): void {
    this.epochs = report.epoch;
    for (const [name, value] of epochValues(report)) {
      if (!this.values.has(name)) this.values.set(name, new Series());
      this.values.get(name)!.add(report.step, value);
    }
  }

  /** Training is over: reads what is left and gives tensors back. */
  async end(): Promise<void> {
    try {
      await this.#grow(await this.#reader.rest());
    } finally {
      this.#norms.stop();
    }
  }

  async #grow(rows: readonly StepRow[]): Promise<void> {
    if (rows.length === 0) return;
    for (const { step, loss, lr, gradNorm } of rows) {
      this.#point(step, loss, lr);
      if (gradNorm !== null) this.gradNorm.add(step, gradNorm);
    }
    const last = rows.at(-1)!;
    this.#examples += rows.reduce((sum, row) => sum + row.examples, 0);
    const elapsed = last.seconds - this.#lastSeconds;
    const isFirst = this.examplesPerSecond.points.length === 0;
    if (elapsed >= secondsPerLook / 2 || (isFirst && elapsed > 0)) {
      this.examplesPerSecond.add(last.step, this.#examples / elapsed);
      this.#examples = 0;
      this.#lastSeconds = last.seconds;
    }
    const clipped = last.gradNorm !== null;
    for (const row of await this.#norms.take()) {
      this.lastNorms = row;
      const gradient = joined(row.parameters.map((each) => each.gradient));
      if (!clipped && gradient !== null) this.gradNorm.add(row.step, gradient);
      const update = joined(row.parameters.map((each) => each.update));
      const weight = joined(row.parameters.map((each) => each.weight));
      if (update !== null && weight !== null && weight > 0) this.updateRatio.add(row.step, update / weight);
    }
  }
}

/** The last value of a curve; null if it has none. */
export function lastOf(points: readonly Point[]): number | null {
  return points.at(-1)?.[1] ?? null;
}
