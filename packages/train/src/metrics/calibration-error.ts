import { arange, ones, type Tensor } from "@tapegrad/tensor";
import { integerFrom, oneOf, readOptions } from "@tapegrad/tensor/internal";
import { argmax } from "@tapegrad/tensor/ops/argmax";
import { cast } from "@tapegrad/tensor/ops/cast";
import { clamp } from "@tapegrad/tensor/ops/clamp";
import { equal } from "@tapegrad/tensor/ops/equal";
import { matmul } from "@tapegrad/tensor/ops/matmul";
import { max } from "@tapegrad/tensor/ops/max";
import { mul } from "@tapegrad/tensor/ops/mul";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { softmax } from "@tapegrad/tensor/ops/softmax";
import { stack } from "@tapegrad/tensor/ops/stack";
import { checkClasses } from "./check-classes.ts";
import type { Metric } from "./metric.ts";
import { Totals } from "./totals.ts";

/** Options of `CalibrationError`. */
export interface CalibrationErrorOptions {
  /** Into how many bins of equal width confidences are sorted. @default 15 */
  readonly bins?: number;
  /** Whether outputs are logits, of which the softmax is taken, or probabilities. @default "logits" */
  readonly from?: "logits" | "probabilities";
}

/**
 * Expected calibration error: how far the model's confidence lies from its accuracy, `Σ nᵦ/n · |accuracyᵦ − confidenceᵦ|` over bins `b`
 * of the confidence, the highest probability. Bin `b` holds confidences in [b/bins, (b+1)/bins), the last one 1 as well.
 *
 * Shape: outputs `[n, classes, …]`, targets int32 `[n, …]`.
 *
 * @see Guo et al. 2017, https://arxiv.org/abs/1706.04599
 */
export class CalibrationError implements Metric {
  readonly bins: number;
  readonly from: "logits" | "probabilities";
  readonly #sums = new Totals("CalibrationError");

  /** @throws ValueError if `bins` is not a positive integer, or of another `from`. */
  constructor(options: CalibrationErrorOptions = {}) {
    const { bins, from } = readOptions("CalibrationError", options, {
      bins: [15, integerFrom(1)],
      from: ["logits", oneOf("logits", "probabilities")],
    });
    this.bins = bins;
    this.from = from;
  }

  reset(): void {
    this.#sums.reset();
  }

  update(outputs: Tensor, targets: Tensor): void {
    const { bins, from } = this;
    checkClasses("CalibrationError", outputs, targets);
    this.#sums.add(() => {
      const probabilities = from === "logits" ? softmax(outputs, 1) : outputs;
      const confidence = reshape(max(probabilities, 1).values, [targets.size]);
      const right = reshape(equal(argmax(outputs, 1), targets), [targets.size]);
      const { device } = outputs;
      const bin = cast(clamp(mul(confidence, bins), { min: 0, max: bins - 0.5 }), "int32");
      const inBin = equal(reshape(bin, [targets.size, 1]), arange(0, bins, { dtype: "int32", device }));
      return matmul(stack([ones([targets.size], { device }), right, confidence], 0), inBin);
    });
  }

  async compute(): Promise<number> {
    const sums = await this.#sums.read();
    const { bins } = this;
    let count = 0;
    let apart = 0;
    for (let b = 0; b < bins; b++) {
      count += sums[b]!;
      apart += Math.abs(sums[bins + b]! - sums[2 * bins + b]!);
    }
    return apart / count;
  }
}
