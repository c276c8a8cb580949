import { broadcastShapes, defineOp, normalizeDim, type Tensor } from "@tapegrad/tensor";
import { checkFloats, checkInteger, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { broadcastTo, clamp, div, mul, norm, sum } from "@tapegrad/tensor/ops";
import { checkNonNegativeReal } from "../../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../../module/module-of.ts";

/** Options of `cosineSimilarity`. */
export interface CosineSimilarityOptions {
  /** The axis along which vectors lie; negative ones count from the end. @default 1 */
  readonly dim?: number;
  /** Least length by which is divided. @default 1e-8 */
  readonly eps?: number;
}

const rules: OptionRules<CosineSimilarityOptions> = { dim: [1, checkInteger], eps: [1e-8, checkNonNegativeReal] };

/** `max(‖x‖, eps)`, whose gradient is `x / max(‖x‖, eps)` in either case, as in torch. */
const length = defineOp<readonly [Tensor], Required<CosineSimilarityOptions>>({
  name: "length",
  forward: ([x], { dim, eps }) => clamp(norm(x, { dim, keepDim: true }), { min: eps }),
  vjp: (grad, { inputs: [x], outputs: [size] }) => [mul(grad, div(x, size!))],
  reads: { inputs: true, outputs: true },
});

/**
 * The cosine of the angle between vectors: `x₁·x₂ / (max(‖x₁‖, eps) · max(‖x₂‖, eps))`.
 *
 * Shape: any two that broadcast `→` the same without axis `dim`.
 *
 * @throws ShapeError if the shapes do not broadcast. @throws IndexError if the axis does not exist.
 * @throws ValueError if an option is out of range or unknown. @throws DTypeError of int32.
 */
export function cosineSimilarity(x1: Tensor, x2: Tensor, options: CosineSimilarityOptions = {}): Tensor {
  checkFloats("cosineSimilarity", { x1, x2 });
  const { dim, eps } = readOptions("cosineSimilarity", options, rules);
  const shape = broadcastShapes("cosineSimilarity", x1.shape, x2.shape);
  const axis = normalizeDim("cosineSimilarity", dim, shape.length);
  const units = [x1, x2].map((x) => {
    const whole = broadcastTo(x, shape);
    return div(whole, length([whole], { dim: axis, eps }));
  });
  return sum(mul(units[0]!, units[1]!), axis);
}

const Distance: ModuleOf<typeof cosineSimilarity> = /* @__PURE__ */ moduleOf(cosineSimilarity, 2, rules);

/** The cosine of the angle between vectors: `cosineSimilarity` as a module. */
export class CosineSimilarity extends Distance {}
