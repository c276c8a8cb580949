import { type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkNotNegative,
  checkBoolean,
  integerFrom,
  oneOf,
  type OptionRules,
  orNull,
  showValue,
} from "@tapegrad/tensor/internal";
import { add, clamp, div, matmul, mul, norm, sub, transpose } from "@tapegrad/tensor/ops";
import { EachByItself, updateAverage } from "./composed-optimizer.ts";
import { type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Muon`. */
export interface MuonOptions {
  /** Learning rate. @default 1e-3 */
  lr: number;
  /** Part of the parameter, times the rate, that a step takes away. @default 0.1 */
  weightDecay: number;
  /** Decay of the running average of the gradient. @default 0.95 */
  momentum: number;
  /** Whether the gradient is mixed into its average once more. @default true */
  nesterov: boolean;
  /** Coefficients of the Newton–Schulz iteration. @default [3.4445, -4.775, 2.0315] */
  nsCoefficients: readonly [a: number, b: number, c: number];
  /** Least norm by which is divided. @default 1e-7 */
  eps: number;
  /** How often it is iterated. @default 5 */
  nsSteps: number;
  /**
   * How the rate suits the shape `[a, b]`: `"original"`, and null, times `√max(1, a/b)`; `"match_rms_adamw"` times `0.2 · √max(a,
   * b)`. @default null
   */
  adjustLrFn: "original" | "match_rms_adamw" | null;
}

const rules: OptionRules<MuonOptions> = {
  lr: [1e-3, checkNotNegative],
  weightDecay: [0.1, checkNotNegative],
  momentum: [0.95, checkNotNegative],
  nesterov: [true, checkBoolean],
  nsCoefficients: [[3.4445, -4.775, 2.0315], checkCoefficients],
  eps: [1e-7, checkNotNegative],
  nsSteps: [5, /* @__PURE__ */ integerFrom(1)],
  adjustLrFn: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ oneOf("original", "match_rms_adamw"))],
};

/**
 * Muon: momentum whose matrices are made orthogonal before a step. For matrices alone, such as hidden layers' weights; give
 * the others to `AdamW`.
 *
 * `m = μ·m + (1−μ)·g`, `u = NS(μ·m + (1−μ)·g)`, `p = p·(1 − lr·weightDecay) − lr'·u`, where NS brings all singular values near 1:
 * `X = u/‖u‖`, then some times `X = a·X + (b·XXᵀ + c·(XXᵀ)²)·X`. PyTorch has it since 2.9, and iterates in bfloat16; here it is float32.
 *
 * @see Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/
 */
export class Muon extends EachByItself<MuonOptions> {
  /** @throws ValueError if a parameter is no matrix, or an option out of its range or unknown. */
  constructor(params: ParamsOrGroups<MuonOptions>, options: Partial<MuonOptions> = {}) {
    super(params, rules, options, { momentumBuffer: "tensor" });
  }

  override addParamGroup(group: Partial<MuonOptions> & { readonly params: Iterable<Tensor> }): void {
    super.addParamGroup(group);
    const wrong = this.paramGroups.at(-1)!.params.find(({ rank }) => rank !== 2);
    if (wrong === undefined) return;
    this.paramGroups.pop();
    throw new ValueError(`Muon: parameters must be matrices, got one of shape [${wrong.shape.join(", ")}]`);
  }

  protected override move(trained: Trained, group: ParamGroup<MuonOptions>): void {
    const { lr, weightDecay, momentum, nesterov, adjustLrFn } = group;
    const { parameter, gradient } = trained;
    const average = updateAverage(stateTensor(trained, "momentumBuffer"), gradient, momentum);
    const direction = nesterov ? add(mul(gradient, 1 - momentum), mul(average, momentum)) : average;
    const [a, b] = parameter.shape as readonly [number, number];
    const ratio = adjustLrFn === "match_rms_adamw" ? 0.2 * Math.sqrt(Math.max(a, b)) : Math.sqrt(Math.max(1, a / b));
    const step = mul(orthogonal(direction, group), lr * ratio);
    parameter.assign(sub(mul(parameter, 1 - lr * weightDecay), step));
  }
}

/** A matrix with the same singular vectors, whose singular values are near 1. */
function orthogonal(matrix: Tensor, { nsCoefficients: [a, b, c], nsSteps, eps }: MuonOptions): Tensor {
  const [rows, columns] = matrix.shape as readonly [number, number];
  const tall = rows > columns;
  let x = tall ? transpose(matrix, 0, 1) : matrix;
  x = div(x, clamp(norm(x), { min: eps }));
  for (let i = 0; i < nsSteps; i++) {
    const gram = matmul(x, transpose(x, 0, 1));
    x = add(mul(x, a), matmul(add(mul(gram, b), mul(matmul(gram, gram), c)), x));
  }
  return tall ? transpose(x, 0, 1) : x;
}

function checkCoefficients(optimizer: string, name: string, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 3 || !value.every((each) => Number.isFinite(each)))
    throw new ValueError(`${optimizer}: ${name} must be three numbers, got ${showValue(value)}`);
}
