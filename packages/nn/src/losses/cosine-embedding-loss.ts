import { broadcastShapes, type Tensor } from "@tapegrad/tensor";
import { checkFloats, checkOperands, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { add, clamp, div, equal, mul, sqrt, square, sub, sum, where } from "@tapegrad/tensor/ops";
import { checkFit } from "../checks/check-sizes.ts";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `cosineEmbeddingLoss`. */
export interface CosineEmbeddingLossOptions extends ReductionOptions {
  /** Cosine up to which what is unlike costs nothing; from −1 to 1. @default 0 */
  readonly margin?: number;
}

const rules: OptionRules<CosineEmbeddingLossOptions> = { margin: [0, checkReal], ...reductionRule };

/** Added to the squared lengths. */
const epsilon = 1e-12;

/**
 * For pairs of vectors that are alike, target 1, or unlike, −1, by their cosine `c`: `1 − c` where they are alike, `max(0, c −
 * margin)` where unlike, and 0 for any other target.
 *
 * Shape: two inputs `[n, d]` and a target `[n]`, or two `[d]` and a scalar.
 *
 * @throws ShapeError if the shapes do not fit. @throws DTypeError if an input is int32.
 */
export function cosineEmbeddingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: CosineEmbeddingLossOptions = {},
): Tensor {
  const { margin, reduction } = readOptions("cosineEmbeddingLoss", options, rules);
  checkFloats("cosineEmbeddingLoss", { input1, input2 });
  checkOperands("cosineEmbeddingLoss", { input1, target });
  const fit = target.rank <= 1 && input1.rank === target.rank + 1 && input2.rank === target.rank + 1;
  const expected = "inputs [n, d] with a target [n], or [d] with a scalar";
  checkFit("cosineEmbeddingLoss", fit, expected, input1.shape, input2.shape, target.shape);
  const pairs = broadcastShapes("cosineEmbeddingLoss", input1.shape, input2.shape);
  broadcastShapes("cosineEmbeddingLoss", pairs.slice(0, -1), target.shape);
  const product = sum(mul(input1, input2), -1);
  const [size1, size2] = [input1, input2].map((x) => add(sum(square(x), -1), epsilon));
  const cosine = div(product, sqrt(mul(size1!, size2!)));
  const alike = where(equal(target, 1), sub(1, cosine), 0);
  const unlike = where(equal(target, -1), clamp(sub(cosine, margin), { min: 0 }), 0);
  return reduceLosses(add(alike, unlike), reduction);
}

const Loss: ModuleOf<typeof cosineEmbeddingLoss> = /* @__PURE__ */ moduleOf(cosineEmbeddingLoss, 3, rules);

/** The loss of vectors that are alike or unlike, by their cosine: `cosineEmbeddingLoss` as a module. */
export class CosineEmbeddingLoss extends Loss {}
