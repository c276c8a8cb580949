import { defineOp, type Tensor } from "@tapegrad/tensor";
import { checkFloat, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { abs, equal, greaterEqual, less, lessEqual, mul, square, sub, where } from "@tapegrad/tensor/ops";
import { checkPositive } from "../checks/check-values.ts";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkSameShape, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/** Options of `huberLoss`. */
export interface HuberLossOptions extends ReductionOptions {
  /** Difference from which on the loss is linear; positive. @default 1 */
  readonly delta?: number;
}

const rules: OptionRules<HuberLossOptions> = { delta: [1, checkPositive], ...reductionRule };

/** Where a parabola around 0 goes over into lines, and how steep they are. */
interface Bend {
  readonly width: number;
  readonly slope: number;
}

type Pair = readonly [input: Tensor, target: Tensor];

/**
 * A loss of `d = input − target`: a parabola for small differences, lines of a given slope for large ones. Each of the two
 * gradients is that of the loss as a function of its own argument, as in torch: with width 0 both are −slope where `d` is 0.
 */
export const bentLoss: (inputs: Pair, bend: Bend) => Tensor = defineOp<Pair, Bend>({
  name: "bentLoss",
  forward([input, target], { width, slope }) {
    const difference = sub(input, target);
    const size = abs(difference);
    const near = less(size, width);
    const parabola = mul(square(where(near, difference, 0)), slope / (2 * width));
    return where(near, parabola, mul(sub(size, width / 2), slope));
  },
  vjp: (grad, { inputs: [input, target], params, needs }) => [
    needs[0]! ? mul(grad, slopeOf(sub(input, target), params)) : null,
    needs[1]! ? mul(grad, slopeOf(sub(target, input), params)) : null,
  ],
  reads: { outputs: false },
});

/** At NaN the slope is NaN, and the slope of the slope 0, as in torch. */
function slopeOf(difference: Tensor, { width, slope }: Bend): Tensor {
  const inside = where(equal(difference, difference), mul(difference, width === 0 ? 0 : slope / width), NaN);
  return where(lessEqual(difference, -width), -slope, where(greaterEqual(difference, width), slope, inside));
}

/**
 * Squared for small differences, linear for large ones: `d² / 2` where `|d| < delta`, else `delta · (|d| − delta /
 * 2)`.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws ValueError if `delta` is not
 *   positive. @throws DTypeError if the input is int32.
 * @see Huber 1964, https://doi.org/10.1214/aoms/1177703732
 */
export function huberLoss(input: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  const { delta, reduction } = readOptions("huberLoss", options, rules);
  checkSameShape("huberLoss", input, target);
  checkFloat("huberLoss", input, "input");
  return reduceLosses(bentLoss([input, target], { width: delta, slope: delta }), reduction);
}

const Loss: ModuleOf<typeof huberLoss> = /* @__PURE__ */ moduleOf(huberLoss, 2, rules);

/** Squared for small differences, linear for large ones: `huberLoss` as a module. */
export class HuberLoss extends Loss {}
