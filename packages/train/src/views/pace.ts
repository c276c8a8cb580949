import type { EpochReport, StartReport, StepReport } from "../loop/reports.ts";

/** How fast training goes, and how long it will go on. */
export class Pace {
  readonly #total: number;
  readonly #epochs: number;
  #examples = 0;
  #steps = 0;
  /** The number of the last step, which counts those before a resume, too. */
  #step = 0;
  /** How many epochs are over, in all and as far as this has seen. */
  #done = 0;
  #seen = 0;
  /** Seconds of epochs that are over: in training, and in validation and what else came after it. */
  #training = 0;
  #between = 0;
  #epochStart = now();

  constructor({ steps, epochs }: StartReport) {
    this.#total = steps;
    this.#epochs = epochs;
  }

  step({ step, epoch, examples }: StepReport): void {
    this.#step = step;
    this.#done = epoch - 1;
    this.#steps++;
    this.#examples += examples;
  }

  epoch({ epoch, seconds }: EpochReport): void {
    this.#done = epoch;
    this.#seen++;
    this.#training += seconds;
    this.#between += Math.max(0, now() - this.#epochStart - seconds);
    this.#epochStart = now();
  }

  /** Without the time of validation; null before the first step. */
  get examplesPerSecond(): number | null {
    const seconds = this.#training + now() - this.#epochStart;
    return this.#steps === 0 || seconds === 0 ? null : this.#examples / seconds;
  }

  /** With the time of validation, once there was one; null if nothing tells. */
  get secondsLeft(): number | null {
    if (this.#steps === 0 || this.#total === Infinity) return null;
    const perStep = (this.#training + now() - this.#epochStart) / this.#steps;
    const epochsLeft = this.#epochs === Infinity ? 0 : this.#epochs - this.#done;
    const perEpoch = this.#seen === 0 ? 0 : this.#between / this.#seen;
    return Math.max(0, (this.#total - this.#step) * perStep + epochsLeft * perEpoch);
  }
}

function now(): number {
  return performance.now() / 1000;
}
