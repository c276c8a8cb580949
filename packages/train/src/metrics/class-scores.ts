import type { Tensor } from "@tapegrad/tensor";
import { oneOf, readOptions } from "@tapegrad/tensor/internal";
import { ConfusionMatrix } from "./confusion-matrix.ts";
import type { Metric } from "./metric.ts";

/** How the values of the classes become one: their mean, their mean by how often each occurs, or that of all decisions together. */
export type ClassAverage = "macro" | "weighted" | "micro";

/** Options of `Precision`, `Recall` and `F1`. */
export interface ClassScoreOptions {
  /** @default "macro" */
  readonly average?: ClassAverage;
}

/** Of one class: examples of it that were found, others taken for it, and those of it that were missed. */
interface Decisions {
  readonly found: number;
  readonly wrong: number;
  readonly missed: number;
}

/** What precision, recall and F1 share. Classes that neither occur nor are named by the model do not count; 0/0 is 0. */
abstract class ClassScore implements Metric {
  readonly numClasses: number;
  readonly average: ClassAverage;
  readonly #matrix: ConfusionMatrix;

  constructor(name: string, numClasses: number, options: ClassScoreOptions) {
    this.average = readOptions(name, options, { average: ["macro", oneOf("macro", "weighted", "micro")] }).average;
    this.#matrix = new ConfusionMatrix(numClasses, name);
    this.numClasses = numClasses;
  }

  reset(): void {
    this.#matrix.reset();
  }

  update(outputs: Tensor, targets: Tensor): void {
    this.#matrix.update(outputs, targets);
  }

  async compute(): Promise<number> {
    const matrix = await this.#matrix.compute();
    const decisions = matrix.map((row, i): Decisions => {
      const found = row[i]!;
      return { found, wrong: total(matrix.map((each) => each[i]!)) - found, missed: total(row) - found };
    });
    if (this.average === "micro") {
      const all = (part: keyof Decisions): number => total(decisions.map((each) => each[part]));
      return this.of({ found: all("found"), wrong: all("wrong"), missed: all("missed") });
    }
    const counted = decisions.filter(({ found, wrong, missed }) => found + wrong + missed > 0);
    const weights = counted.map(({ found, missed }) => (this.average === "macro" ? 1 : found + missed));
    return total(counted.map((each, i) => weights[i]! * this.of(each))) / total(weights);
  }

  /** The score of one class. */
  protected abstract of(decisions: Decisions): number;
}

/**
 * The part of those taken for a class that belong to it: TP / (TP + FP), as scikit-learn's `precision_score` with `zero_division=0`.
 *
 * Shape: outputs `[n, numClasses, …]`, targets int32 `[n, …]`.
 */
export class Precision extends ClassScore {
  /** @throws ValueError if `numClasses` is not a positive integer, or of another `average`. */
  constructor(numClasses: number, options: ClassScoreOptions = {}) {
    super("Precision", numClasses, options);
  }

  protected of({ found, wrong }: Decisions): number {
    return ratio(found, found + wrong);
  }
}

/** The part of a class that is found: TP / (TP + FN), as scikit-learn's `recall_score`. Shapes and errors as `Precision`. */
export class Recall extends ClassScore {
  constructor(numClasses: number, options: ClassScoreOptions = {}) {
    super("Recall", numClasses, options);
  }

  protected of({ found, missed }: Decisions): number {
    return ratio(found, found + missed);
  }
}

/** 2·TP / (2·TP + FP + FN), the harmonic mean of precision and recall, as `f1_score`. Shapes and errors as `Precision`. */
export class F1 extends ClassScore {
  constructor(numClasses: number, options: ClassScoreOptions = {}) {
    super("F1", numClasses, options);
  }

  protected of({ found, wrong, missed }: Decisions): number {
    return ratio(2 * found, 2 * found + wrong + missed);
  }
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
