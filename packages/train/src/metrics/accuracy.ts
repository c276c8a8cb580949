import { IndexError, type Tensor } from "@tapegrad/tensor";
import { integerFrom, readOptions } from "@tapegrad/tensor/internal";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { equal } from "@tapegrad/tensor/ops/equal";
import { sum } from "@tapegrad/tensor/ops/sum";
import { topk } from "@tapegrad/tensor/ops/topk";
import { unsqueeze } from "@tapegrad/tensor/ops/unsqueeze";
import { checkClasses } from "./check-classes.ts";
import type { Metric } from "./metric.ts";
import { Totals } from "./totals.ts";

/** Options of `Accuracy`. */
export interface AccuracyOptions {
  /** How many of the highest scores may hold the right class. @default 1 */
  readonly k?: number;
}

/**
 * The part of the examples whose right class has the highest score, or one of the `k` highest; of equal scores the first counts.
 *
 * Shape: outputs `[n, classes, …]`, targets int32 `[n, …]`; each place counts.
 */
export class Accuracy implements Metric {
  readonly k: number;
  readonly #right = new Totals("Accuracy");
  #count = 0;

  /** @throws ValueError if `k` is not a positive integer. */
  constructor(options: AccuracyOptions = {}) {
    this.k = readOptions("Accuracy", options, { k: [1, integerFrom(1)] }).k;
  }

  reset(): void {
    this.#right.reset();
    this.#count = 0;
  }

  update(outputs: Tensor, targets: Tensor): void {
    checkClasses("Accuracy", outputs, targets);
    if (outputs.shape[1]! < this.k)
      throw new IndexError(`Accuracy: k is ${this.k}, but there are only ${outputs.shape[1]} classes`);
    this.#right.add(() => {
      const hits =
        this.k === 1
          ? equal(argmax(outputs, 1), targets)
          : equal(topk(outputs, this.k, { dim: 1 }).indices, unsqueeze(targets, 1));
      return sum(hits);
    });
    this.#count += targets.size;
  }

  async compute(): Promise<number> {
    const [right] = await this.#right.read();
    return right! / this.#count;
  }
}
