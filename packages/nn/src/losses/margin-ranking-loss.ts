import { broadcastShapes, ShapeError, type Tensor } from "@tapegrad/tensor";
import { checkFloats, checkOperands, type OptionRules, readOptions, showShape } from "@tapegrad/tensor/internal";
import { add, clamp, mul, sub } from "@tapegrad/tensor/ops";
import { checkReal } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `marginRankingLoss`. */
export interface MarginRankingLossOptions extends ReductionOptions {
  /** By how much the one that ranks higher shall exceed the other. @default 0 */
  readonly margin?: number;
}

const rules: OptionRules<MarginRankingLossOptions> = { margin: [0, checkReal], ...reductionRule };

/**
 * How far two scores are from a wanted order: `max(0, −y · (x₁ − x₂) + margin)`, where `y` is 1 if the first shall rank
 * higher, and −1 if the second.
 *
 * Shape: three of as many axes that broadcast `→` their common shape, before it is reduced.
 *
 * @throws ShapeError if the ranks differ or the shapes do not broadcast. @throws DTypeError if a score is int32.
 */
export function marginRankingLoss(
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: MarginRankingLossOptions = {},
): Tensor {
  const { margin, reduction } = readOptions("marginRankingLoss", options, rules);
  checkFloats("marginRankingLoss", { input1, input2 });
  checkOperands("marginRankingLoss", { input1, target });
  checkSameRank("marginRankingLoss", { input1, input2, target });
  return reduceLosses(clamp(add(mul(sub(input2, input1), target), margin), { min: 0 }), reduction);
}

/** @throws ShapeError naming the loss unless tensors have as many axes and broadcast. */
export function checkSameRank(loss: string, tensors: Readonly<Record<string, Tensor>>): void {
  const all = Object.values(tensors);
  if (all.every(({ rank }) => rank === all[0]!.rank)) {
    all.reduce((shape, each) => broadcastShapes(loss, shape, each.shape), all[0]!.shape);
    return;
  }
  const shapes = Object.entries(tensors).map(([name, { shape }]) => `${name} ${showShape(shape)}`);
  throw new ShapeError(`${loss}: expected as many axes of each, got ${shapes.join(", ")}`);
}

const Loss: ModuleOf<typeof marginRankingLoss> = /* @__PURE__ */ moduleOf(marginRankingLoss, 3, rules);

/** How far two scores are from a wanted order: `marginRankingLoss` as a module. */
export class MarginRankingLoss extends Loss {}
