import { checkFloat, readOptions } from "../../checks/index.ts";
import type { Tensor } from "../../core.ts";
import { rand, randn } from "../../tensor/create.ts";
import { checkGenerator, defaultGenerator, type Generator } from "../../tensor/random.ts";

/** Options of `randLike` and `randnLike`. */
export interface RandomLikeOptions {
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/** Uniform values in [0, 1), with the shape and device of another tensor. @throws DTypeError if that is int32. */
export function randLike(other: Tensor, options: RandomLikeOptions = {}): Tensor {
  return drawn("randLike", rand, other, options);
}

/** Standard normal values, with the shape and device of another tensor. @throws DTypeError if that is int32. */
export function randnLike(other: Tensor, options: RandomLikeOptions = {}): Tensor {
  return drawn("randnLike", randn, other, options);
}

function drawn(op: string, draw: typeof rand, other: Tensor, options: RandomLikeOptions): Tensor {
  checkFloat(op, other, "other");
  const { generator } = readOptions(op, options, { generator: [defaultGenerator(), checkGenerator] });
  return draw(other.shape, { generator, device: other.device });
}
