import { arange, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkIndices, checkInteger } from "@tapegrad/tensor/internal";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { equal } from "@tapegrad/tensor/ops/equal";
import { matmul } from "@tapegrad/tensor/ops/matmul";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { transpose } from "@tapegrad/tensor/ops/transpose";
import { checkClasses } from "./check-classes.ts";
import type { Metric } from "./metric.ts";
import { Totals } from "./totals.ts";

/**
 * How often each class was taken for each: row `i`, column `j` counts the examples of class `i` whose highest score was that of
 * class `j`.
 *
 * Shape: outputs `[n, numClasses, …]`, targets int32 `[n, …]`; each place counts.
 */
export class ConfusionMatrix implements Metric<readonly (readonly number[])[]> {
  readonly numClasses: number;
  readonly #counts: Totals;
  readonly #name: string;

  /**
   * @param name of the metric that is made of the matrix, for messages.
   * @throws ValueError if `numClasses` is not a positive integer.
   */
  constructor(numClasses: number, name = "ConfusionMatrix") {
    checkInteger(name, "numClasses", numClasses, 1);
    this.numClasses = numClasses;
    this.#name = name;
    this.#counts = new Totals(name);
  }

  reset(): void {
    this.#counts.reset();
  }

  /** @throws IndexError if a target is no class. */
  update(outputs: Tensor, targets: Tensor): void {
    const { numClasses } = this;
    checkClasses(this.#name, outputs, targets);
    if (outputs.shape[1] !== numClasses)
      throw new ShapeError(`${this.#name}: expected scores of ${numClasses} classes, got ${outputs.shape[1]}`);
    checkIndices(this.#name, targets, numClasses, "target");
    this.#counts.add(() => {
      const taken = indicators(argmax(outputs, 1), numClasses);
      return matmul(transpose(indicators(targets, numClasses), 0, 1), taken);
    });
  }

  async compute(): Promise<readonly (readonly number[])[]> {
    const counts = await this.#counts.read();
    const row = (i: number): number[] => [...counts.subarray(i * this.numClasses, (i + 1) * this.numClasses)];
    return Array.from({ length: this.numClasses }, (_, i) => row(i));
  }
}

/** 1 where a class is, else 0: `[n, numClasses]`. What `oneHot` gives, without looking at the values. */
function indicators(classes: Tensor, numClasses: number): Tensor {
  return equal(reshape(classes, [classes.size, 1]), arange(0, numClasses, { dtype: "int32", device: classes.device }));
}
