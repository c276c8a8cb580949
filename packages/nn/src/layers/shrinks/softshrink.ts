import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { abs, lessEqual, mul, sign, sub, where } from "@tapegrad/tensor/ops";
import { checkNonNegativeReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/**
 * `x` moved towards 0 by `lambd`, and 0 where it would pass it, elementwise. NaN stays; PyTorch 1.13 makes it 0.
 *
 * @throws ValueError if `lambd` is negative. @throws DTypeError of int32.
 */
export function softshrink(input: Tensor, lambd = 0.5): Tensor {
  checkFloat("softshrink", input, "input");
  checkNonNegativeReal("softshrink", "lambd", lambd);
  return where(lessEqual(abs(input), lambd), 0, sub(input, mul(sign(input), lambd)));
}

const Layer: LayerOf<typeof softshrink, ["lambd"]> = /* @__PURE__ */ layerOf(softshrink, {
  lambd: [0.5, checkNonNegativeReal],
});

/** `x` moved towards 0 by `lambd`, elementwise: `softshrink` as a module. By default, `lambd` is 0.5; it must not be negative. */
export class Softshrink extends Layer {
  override extraRepr(): string {
    return String(this.lambd);
  }
}
