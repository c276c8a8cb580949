import { keep, noGrad, scope, type Tensor } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { stack } from "@tapegrad/tensor/ops/stack";
import type { StepReport } from "../loop/reports.ts";

/** What one step of the optimizer came to, in numbers. */
export interface StepRow {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly lr: readonly number[];
  /** The norm of all gradients before they were clipped; null without `clipGradNorm`. */
  readonly gradNorm: number | null;
  readonly examples: number;
  /** When the step had ended, in seconds since training began. */
  readonly seconds: number;
}

/** How many steps wait at most, whatever the time. */
const mostWaiting = 256;

/** Reads what steps came to, many at a time, so that training does not wait for the device at each. */
export class StepReader {
  readonly #everySeconds: number;
  #waiting: { readonly report: StepReport; readonly seconds: number }[] = [];
  #start = performance.now();
  #lastRead = 0;

  /** @param everySeconds how often losses are read. */
  constructor(everySeconds: number) {
    this.#everySeconds = everySeconds;
  }

  /** Seconds since training began. */
  get seconds(): number {
    return (performance.now() - this.#start) / 1000;
  }

  /** Training begins now. */
  start(): void {
    this.#waiting = [];
    this.#start = performance.now();
    this.#lastRead = 0;
  }

  /** Takes a step in. Gives those that nobody has seen yet if it is time to read them, else none. */
  async add(report: StepReport): Promise<readonly StepRow[]> {
    this.#waiting.push({ report, seconds: this.seconds });
    const due = this.#waiting.length >= mostWaiting || this.seconds - this.#lastRead >= this.#everySeconds;
    return due ? this.rest() : [];
  }

  /** The steps that nobody has seen yet. */
  async rest(): Promise<readonly StepRow[]> {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#lastRead = this.seconds;
    if (waiting.length === 0) return [];
    const norms = waiting.flatMap(({ report }) => report.gradNorm ?? []);
    const values = await readScalars([...waiting.map(({ report }) => report.loss), ...norms]);
    let norm = waiting.length;
    return waiting.map(({ report, seconds }, i) => {
      const { epoch, step, lr, examples } = report;
      const gradNorm = report.gradNorm === null ? null : values[norm++]!;
      return { epoch, step, loss: values[i]!, lr, gradNorm, examples, seconds };
    });
  }
}

/** Reads tensors of one number each, all at once. */
export async function readScalars(scalars: readonly Tensor[]): Promise<ArrayLike<number>> {
  const all = keep(
    noGrad(() =>
      scope(() =>
        stack(
          scalars.map((each) => reshape(each, [])),
          0,
        ),
      ),
    ),
  );
  const values = await all.data();
  all.dispose();
  return values;
}
