import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import { checkTransforms, specOf } from "./compose.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Applies one of several transforms: `new RandomChoice([new MixUp({ numClasses }), new CutMix({ numClasses })])`.
 *
 * @param p how probable each is, in proportion. By default all are alike.
 * @throws ValueError if there are none, or there is not a number of at least 0 for each, one of them above 0.
 */
export class RandomChoice<In, Out> implements Transform<In, Out> {
  readonly transforms: readonly Transform<In, Out>[];
  readonly p: readonly number[] | null;

  constructor(transforms: readonly Transform<In, Out>[], p: readonly number[] | null = null) {
    checkTransforms("RandomChoice", transforms);
    const isWeight = (each: unknown): boolean => Number.isFinite(each) && (each as number) >= 0;
    if (
      p !== null &&
      !(Array.isArray(p) && p.length === transforms.length && p.every(isWeight) && p.some((each) => each > 0))
    )
      throw new ValueError(
        `RandomChoice: p must have a number of at least 0 for each of ${transforms.length} transforms, got ${showValue(p)}`,
      );
    this.transforms = transforms;
    this.p = p;
  }

  get spec(): TransformSpec | undefined {
    return specOf("RandomChoice", this.transforms, this.p);
  }

  apply(input: In, generator: Generator): Out {
    const { transforms, p } = this;
    if (p === null) return transforms[generator.integer(transforms.length)]!.apply(input, generator);
    let left = generator.next() * p.reduce((sum, each) => sum + each, 0);
    const chosen = p.findIndex((each) => (left -= each) < 0);
    return transforms[chosen < 0 ? p.findLastIndex((each) => each > 0) : chosen]!.apply(input, generator);
  }
}
