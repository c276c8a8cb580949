import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import { applyAll, checkTransforms, specOf } from "./compose.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Applies transforms one after another, or, with probability `1 − p`, none of them: `new RandomApply([new GaussianBlur(5)], 0.3)`.
 *
 * @throws ValueError if there are none, or `p` does not lie in [0, 1].
 */
export class RandomApply<T> implements Transform<T, T> {
  readonly transforms: readonly Transform<T, T>[];
  readonly p: number;

  constructor(transforms: readonly Transform<T, T>[], p = 0.5) {
    checkTransforms("RandomApply", transforms);
    checkProbability("RandomApply", "p", p);
    this.transforms = transforms;
    this.p = p;
  }

  get spec(): TransformSpec | undefined {
    return specOf("RandomApply", this.transforms, this.p);
  }

  apply(input: T, generator: Generator): T {
    return generator.next() < this.p ? (applyAll(this.transforms, input, generator) as T) : input;
  }
}
