import { type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkNotNegative,
  checkBoolean,
  checkFinite,
  type OptionRules,
  showShape,
  showValue,
} from "@tapegrad/tensor/internal";
import { clamp, div, matmul, mean, mul, neg, norm, rsqrt, square, sub } from "@tapegrad/tensor/ops";
import type { DirectionOptions } from "./common-options.ts";
import { EachByItself, updateAverage } from "./composed-optimizer.ts";
import { countStep, type ParamGroup, type ParamsOrGroups, stateTensor, type Trained } from "./optimizer.ts";

/** Options of `Adafactor`. */
export interface AdafactorOptions extends DirectionOptions {
  /** Largest relative step. @default 1e-2 */
  lr: number;
  /** Exponent of the step by which the average of squares forgets: β₂ = 1 − t^beta2Decay. @default -0.8 */
  beta2Decay: number;
  /** Least root of a mean square, null for 2⁻²³; and least size of a parameter, of which steps are a part. @default [null, 1e-3] */
  eps: readonly [number | null, number];
  /** Largest root mean square of an update. @default 1 */
  d: number;
  /** Part of the parameter, times `lr`, that a step takes away. @default 0 */
  weightDecay: number;
}

const rules: OptionRules<AdafactorOptions> = {
  lr: [1e-2, checkNotNegative],
  beta2Decay: [-0.8, checkDecay],
  eps: [[null, 1e-3], checkEps],
  d: [1, checkThreshold],
  weightDecay: [0, checkNotNegative],
  maximize: [false, checkBoolean],
};

/**
 * Adafactor: steps relative to the size of parameters, divided by mean squares that matrices keep as a row and a column.
 *
 * `ρ = min(lr, 1/√t)`, `α = max(eps₂, RMS(p))·ρ`; of matrices `R = β₂·R + (1−β₂)·mean(g², columns)`, `C` alike over rows, `V =
 * R·C / mean(R)`; of others `V = β₂·V + (1−β₂)·g²`; `u = g / √max(V, eps₁²)`, `p = p·(1 − lr·weightDecay) − α·u / max(1, RMS(u)/d)`.
 * PyTorch has it since 2.5.
 *
 * @see Shazeer & Stern 2018, https://arxiv.org/abs/1804.04235
 */
export class Adafactor extends EachByItself<AdafactorOptions> {
  constructor(params: ParamsOrGroups<AdafactorOptions>, options: Partial<AdafactorOptions> = {}) {
    super(params, rules, options, {
      step: "number",
      rowVar: "idle tensor",
      colVar: "idle tensor",
      variance: "idle tensor",
    });
  }

  protected override move(
    trained: Trained,
    { lr, beta2Decay, eps, d, weightDecay, maximize }: ParamGroup<AdafactorOptions>,
  ): void {
    const { parameter } = trained;
    const gradient = maximize ? neg(trained.gradient) : trained.gradient;
    const step = countStep(trained);
    const beta2 = 1 - step ** beta2Decay;
    const least = eps[0] ?? 2 ** -23;
    const rootSize = Math.sqrt(parameter.size);
    const size = clamp(mul(norm(parameter), 1 / rootSize), { min: eps[1] });
    const rate = mul(size, Math.min(lr, 1 / Math.sqrt(step)));
    const squares = square(gradient);
    const average = (name: string, values: Tensor): Tensor =>
      updateAverage(stateTensor(trained, name, 0, stateShape(name, parameter.shape)), values, beta2);
    let variance: Tensor;
    if (parameter.rank > 1) {
      const rows = average("rowVar", mean(squares, -1, { keepDim: true }));
      const columns = average("colVar", mean(squares, -2, { keepDim: true }));
      variance = div(matmul(rows, columns), clamp(mean(rows, -2, { keepDim: true }), { min: least }));
    } else variance = average("variance", squares);
    const update = mul(gradient, rsqrt(clamp(variance, { min: least * least })));
    const excess = clamp(mul(norm(update), 1 / (rootSize * d)), { min: 1 });
    const change = mul(update, div(rate, excess));
    parameter.assign(sub(weightDecay === 0 ? parameter : mul(parameter, 1 - lr * weightDecay), change));
  }

  protected override checkStateShape(name: string, shape: Shape, parameter: Tensor): string | null {
    const wanted = stateShape(name, parameter.shape);
    return shape.length === wanted.length && shape.every((extent, i) => extent === wanted[i])
      ? null
      : `expected ${showShape(wanted)} for its parameter ${showShape(parameter.shape)}`;
  }
}

/** Rows have means over columns, and columns over rows. */
function stateShape(name: string, shape: Shape): Shape {
  if (name === "rowVar") return [...shape.slice(0, -1), 1];
  return name === "colVar" ? [...shape.slice(0, -2), 1, shape.at(-1)!] : shape;
}

function checkDecay(optimizer: string, name: string, value: unknown): void {
  checkFinite(optimizer, name, value);
  if (Number(value) > 0) throw new ValueError(`${optimizer}: ${name} must not be positive, got ${showValue(value)}`);
}

function checkThreshold(optimizer: string, name: string, value: unknown): void {
  checkFinite(optimizer, name, value);
  if (Number(value) < 1) throw new ValueError(`${optimizer}: ${name} must be at least 1, got ${showValue(value)}`);
}

function checkEps(optimizer: string, name: string, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 2)
    throw new ValueError(`${optimizer}: ${name} must be two numbers, got ${showValue(value)}`);
  if (value[0] !== null) checkNotNegative(optimizer, `${name}[0]`, value[0]);
  checkNotNegative(optimizer, `${name}[1]`, value[1]);
}
