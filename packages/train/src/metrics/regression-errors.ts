import { sameShape, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloat, showShape } from "@tapegrad/tensor/internal";
import { abs } from "@tapegrad/tensor/ops/abs";
import { sub } from "@tapegrad/tensor/ops/sub";
import { sum } from "@tapegrad/tensor/ops/sum";
import { sumSquares } from "@tapegrad/tensor/ops/sum-squares";
import type { Metric } from "./metric.ts";
import { Totals } from "./totals.ts";

/** A mean over all elements of something that is made of the differences of outputs and targets. */
abstract class MeanOfDifferences implements Metric {
  readonly #name: string;
  readonly #sum: Totals;
  #count = 0;

  constructor(name: string) {
    this.#name = name;
    this.#sum = new Totals(name);
  }

  reset(): void {
    this.#sum.reset();
    this.#count = 0;
  }

  update(outputs: Tensor, targets: Tensor): void {
    checkFloat(this.#name, outputs, "outputs");
    checkFloat(this.#name, targets, "targets");
    if (!sameShape(outputs.shape, targets.shape))
      throw new ShapeError(
        `${this.#name}: outputs have shape ${showShape(outputs.shape)}, targets ${showShape(targets.shape)}`,
      );
    this.#sum.add(() => this.sumOf(sub(outputs, targets)));
    this.#count += outputs.size;
  }

  async compute(): Promise<number> {
    const [sum] = await this.#sum.read();
    return sum! / this.#count;
  }

  protected abstract sumOf(differences: Tensor): Tensor;
}

/** Mean of (output − target)² over all elements. Shape: outputs and targets alike, float32. */
export class MeanSquaredError extends MeanOfDifferences {
  constructor() {
    super("MeanSquaredError");
  }

  protected sumOf(differences: Tensor): Tensor {
    return sumSquares(differences);
  }
}

/** Mean of |output − target| over all elements. Shape: outputs and targets alike, float32. */
export class MeanAbsoluteError extends MeanOfDifferences {
  constructor() {
    super("MeanAbsoluteError");
  }

  protected sumOf(differences: Tensor): Tensor {
    return sum(abs(differences));
  }
}
