import { defineOp, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkFloat, showValue } from "@tapegrad/tensor/internal";
import { div, elu, exp, greater, greaterEqual, minimum, mul, sub, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

const op = defineOp<readonly [Tensor], number>({
  name: "celu",
  forward([x], alpha) {
    const scaled = div(x, alpha);
    // A negative alpha turns the sign around, by which elu tells its linear side.
    const negative = alpha > 0 ? elu(scaled, 1) : sub(exp(scaled), 1);
    return where(greater(x, 0), x, mul(negative, alpha));
  },
  vjp: (grad, { inputs: [x], params: alpha }) => [mul(grad, slope(x, alpha))],
  reads: { outputs: false },
});

/** At 0 the slope of the slope is 0, as in torch. */
function slope(x: Tensor, alpha: number): Tensor {
  return where(greaterEqual(x, 0), 1, exp(div(minimum(x, 0), alpha)));
}

/**
 * `x` where it is positive, else `alpha · (e^(x / alpha) − 1)`, elementwise: an ELU whose slope is continuous for any
 * alpha.
 *
 * @throws ValueError if `alpha` is zero or not finite.
 * @see Barron 2017, https://arxiv.org/abs/1704.07483
 */
export function celu(input: Tensor, alpha = 1): Tensor {
  checkFloat("celu", input, "input");
  if (alpha === 0 || !Number.isFinite(alpha))
    throw new ValueError(`celu: alpha must be finite and not zero, got ${showValue(alpha)}`);
  return op([input], alpha);
}

const Layer: LayerOf<typeof celu, ["alpha"]> = /* @__PURE__ */ layerOf(celu, { alpha: [1, checkReal] });

/** `x` where it is positive, else `alpha · (e^(x / alpha) − 1)`, elementwise; by default, `alpha` is 1. */
export class CELU extends Layer {}
