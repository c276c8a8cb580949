import { scope, tensor } from "@tapegrad/tensor";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { roll } from "@tapegrad/tensor/ops/roll";
import { where } from "@tapegrad/tensor/ops/where";
import type { Generator } from "@tapegrad/tensor/random";
import type { Batch } from "../../datasets/dataset.ts";
import type { Transform } from "../transform.ts";
import { checkBatch, type MixOptions, mixRows, readMixOptions, softTargets } from "./mix-batch.ts";
import { sampleBeta } from "./sample-beta.ts";

/**
 * Puts a part of each picture of a batch in the place of the same part of the next, and blends the targets by area.
 *
 * The part covers `1 − λ` of the area, with one λ from Beta(alpha, alpha) for the batch; what lies beyond the edge is cut off.
 * `new DataLoader(dataset, { batchTransform: new CutMix({ numClasses: 10 }) })`. Targets become probabilities, which
 * `CrossEntropyLoss` takes.
 *
 * Shape: inputs `[n, c, h, w]` stay; targets int32 `[n]`, or probabilities, become float32 `[n, numClasses]`.
 *
 * @throws ValueError if an option is not as described.
 * @throws IndexError when applied, if a class is not in [0, numClasses).
 * @see Yun et al. 2019, https://arxiv.org/abs/1905.04899
 */
export class CutMix implements Transform<Batch, Batch> {
  readonly numClasses: number;
  readonly alpha: number;

  constructor(options: MixOptions) {
    const { numClasses, alpha } = readMixOptions("CutMix", options);
    this.numClasses = numClasses;
    this.alpha = alpha;
  }

  /** Pastes a part of another example of the batch into each. */
  apply(batch: Batch, generator: Generator): Batch {
    checkBatch("CutMix", batch, 3);
    const [height, width] = batch.inputs.shape.slice(-2) as [number, number];
    const share = sampleBeta(this.alpha, generator);
    return this.cut(batch, share, generator.integer(width), generator.integer(height));
  }

  /** What becomes of a batch when this share is drawn, and a part with its middle at `(x, y)`. */
  cut(batch: Batch, share: number, x: number, y: number): Batch {
    checkBatch("CutMix", batch, 3);
    const { inputs, targets } = batch;
    const [height, width] = inputs.shape.slice(-2) as [number, number];
    const half = 0.5 * Math.sqrt(1 - share);
    const [left, right] = sidesAround(x, Math.trunc(half * width), width);
    const [top, bottom] = sidesAround(y, Math.trunc(half * height), height);
    const mask = new Float32Array(height * width);
    for (let row = top; row < bottom; row++) mask.fill(1, row * width + left, row * width + right);
    const kept = 1 - ((right - left) * (bottom - top)) / (width * height);
    return scope(() => ({
      inputs: where(reshape(tensor(mask, { device: inputs.device }), [height, width]), roll(inputs, 1, 0), inputs),
      targets: mixRows(softTargets("CutMix", targets, this.numClasses), kept),
    }));
  }
}

function sidesAround(middle: number, half: number, length: number): readonly [start: number, end: number] {
  return [Math.max(0, middle - half), Math.min(length, middle + half)];
}
