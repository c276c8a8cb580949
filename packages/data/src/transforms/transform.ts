import type { Generator } from "@tapegrad/tensor/random";

/**
 * A step on an example's way from file to tensor.
 *
 * Chance comes from `generator` alone, which a dataset seeds afresh for each example and epoch: what happens to a picture
 * depends neither on the order of loading nor on the number of threads. A transform whose `apply` declares no generator is taken for
 * one that chance has no part in.
 */
export interface Transform<In, Out> {
  /** Changes one example; whatever is random is drawn from the generator. */
  apply(input: In, generator: Generator): Out;
  /** What makes the same transform in another thread. Without it, the transform runs on the calling thread. */
  readonly spec?: TransformSpec | undefined;
}

/** A transform as data that can be sent to another thread. */
export interface TransformSpec {
  readonly name: string;
  readonly options: unknown;
}

/** A picture as numbers, still on the host: `[channels, height, width]`. */
export interface PictureValues {
  readonly values: Float32Array;
  readonly shape: readonly [channels: number, height: number, width: number];
}
