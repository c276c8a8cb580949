import { scope } from "@tapegrad/tensor";
import type { Generator } from "@tapegrad/tensor/random";
import type { Batch } from "../../datasets/dataset.ts";
import type { Transform } from "../transform.ts";
import { checkBatch, type MixOptions, mixRows, readMixOptions, softTargets } from "./mix-batch.ts";
import { sampleBeta } from "./sample-beta.ts";

/**
 * Blends each example of a batch with another, and their targets too:
 * `x ← λ·x + (1 − λ)·y`, with one share λ from Beta(alpha, alpha) for the batch, and `y` the example before.
 *
 * `new DataLoader(dataset, { batchTransform: new MixUp({ numClasses: 10 }) })`. Targets become probabilities, which
 * `CrossEntropyLoss` takes.
 *
 * Shape: inputs `[n, …]` stay; targets int32 `[n]`, or probabilities, become float32 `[n, numClasses]`.
 *
 * @throws ValueError if an option is not as described.
 * @throws IndexError when applied, if a class is not in [0, numClasses).
 * @see Zhang et al. 2018, https://arxiv.org/abs/1710.09412
 */
export class MixUp implements Transform<Batch, Batch> {
  readonly numClasses: number;
  readonly alpha: number;

  constructor(options: MixOptions) {
    const { numClasses, alpha } = readMixOptions("MixUp", options);
    this.numClasses = numClasses;
    this.alpha = alpha;
  }

  /** Mixes each example with another of the batch. */
  apply(batch: Batch, generator: Generator): Batch {
    return this.mix(batch, sampleBeta(this.alpha, generator));
  }

  /** What becomes of a batch when this share is drawn. */
  mix(batch: Batch, share: number): Batch {
    checkBatch("MixUp", batch, 1);
    return scope(() => ({
      inputs: mixRows(batch.inputs, share),
      targets: mixRows(softTargets("MixUp", batch.targets, this.numClasses), share),
    }));
  }
}
