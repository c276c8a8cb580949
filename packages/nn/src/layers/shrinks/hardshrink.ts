import type { Tensor } from "@tapegrad/tensor";
import { checkFloat } from "@tapegrad/tensor/internal";
import { abs, lessEqual, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/** 0 from `−lambd` to `lambd`, else `x`, elementwise. @throws DTypeError of int32. */
export function hardshrink(input: Tensor, lambd = 0.5): Tensor {
  checkFloat("hardshrink", input, "input");
  checkReal("hardshrink", "lambd", lambd);
  return where(lessEqual(abs(input), lambd), 0, input);
}

const Layer: LayerOf<typeof hardshrink, ["lambd"]> = /* @__PURE__ */ layerOf(hardshrink, { lambd: [0.5, checkReal] });

/** 0 from `−lambd` to `lambd`, else `x`, elementwise: `hardshrink` as a module. By default, `lambd` is 0.5. */
export class Hardshrink extends Layer {
  override extraRepr(): string {
    return String(this.lambd);
  }
}
