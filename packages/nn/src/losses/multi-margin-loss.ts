import { arange, type Tensor, ValueError } from "@tapegrad/tensor";
import {
  checkFloat,
  checkIndices,
  checkOptionalTensor,
  checkSameDevice,
  checkShapeOf,
  checkTensor,
  type OptionRules,
  readOptions,
  showValue,
} from "@tapegrad/tensor/internal";
import {
  add,
  div,
  gather,
  greater,
  indexSelect,
  mul,
  notEqual,
  reshape,
  square,
  sub,
  sum,
  where,
} from "@tapegrad/tensor/ops";
import { checkFit } from "../checks/check-sizes.ts";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `multiMarginLoss`. */
export interface MultiMarginLossOptions extends ReductionOptions {
  /** Exponent of what is short of the margin: 1 or 2. @default 1 */
  readonly p?: number;
  /** By how much the score of the target class shall exceed all others. @default 1 */
  readonly margin?: number;
  /** Factor on the losses of each target class, `[c]`. @default null */
  readonly weight?: Tensor | null;
}

const rules: OptionRules<MultiMarginLossOptions> = {
  p: [1, checkExponent],
  margin: [1, checkReal],
  weight: [null, checkOptionalTensor],
  ...reductionRule,
};

/**
 * The hinge loss of class scores: `weight[y] · Σ max(0, margin − x[y] + x[i])ᵖ / c` over all classes i but y. Where a
 * difference is NaN, it counts as 0, as in torch.
 *
 * Shape: scores `[n, c]` and int32 target classes `[n]`, or those of one example, `[c]` and a scalar.
 *
 * @throws ShapeError if the shapes do not fit. @throws IndexError if a target is no class. @throws ValueError if `p` is neither
 *   1 nor 2. @throws DTypeError if the input is int32 or the target is not.
 */
export function multiMarginLoss(input: Tensor, target: Tensor, options: MultiMarginLossOptions = {}): Tensor {
  const { p, margin, weight, reduction } = readOptions("multiMarginLoss", options, rules);
  checkFloat("multiMarginLoss", input, "input");
  checkTensor("multiMarginLoss", target, "target");
  checkSameDevice("multiMarginLoss", [input, target, weight]);
  const [n, c] = (input.rank === 1 ? [1, input.size] : input.shape) as readonly [number, number];
  const fits = input.rank === 1 ? target.size === 1 && target.rank <= 1 : target.rank === 1 && target.size === n;
  const fit = fits && c !== 0 && (input.rank === 1 || input.rank === 2);
  const expected = "scores [n, c] and targets [n], or [c] and a scalar";
  checkFit("multiMarginLoss", fit, expected, input.shape, target.shape);
  if (weight !== null) checkShapeOf("multiMarginLoss", "weight", weight.shape, [c]);
  checkIndices("multiMarginLoss", target, c, "target");
  const scores = reshape(input, [n, c]);
  const classes = reshape(target, [n, 1]);
  const short = add(sub(scores, gather(scores, 1, classes)), margin);
  const others = notEqual(classes, arange(0, c, { dtype: "int32", device: input.device }));
  const hinges = where(mul(greater(short, 0), others), short, 0);
  const powers = p === 1 ? hinges : square(hinges);
  const weighted =
    weight === null ? powers : mul(powers, indexSelect(reshape(weight, [c, 1]), 0, reshape(target, [n])));
  const losses = div(sum(weighted, 1), c);
  return reduceLosses(input.rank === 1 ? reshape(losses, target.shape) : losses, reduction);
}

function checkExponent(loss: string, name: string, value: unknown): void {
  if (value !== 1 && value !== 2) throw new ValueError(`${loss}: ${name} must be 1 or 2, got ${showValue(value)}`);
}

const Loss: ModuleOf<typeof multiMarginLoss> = /* @__PURE__ */ moduleOf(multiMarginLoss, 2, rules);

/** The hinge loss of class scores: `multiMarginLoss` as a module. State: `weight`, if given. */
export class MultiMarginLoss extends Loss {}
