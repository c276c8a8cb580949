import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensor, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { greaterEqual, lessEqual, where } from "@tapegrad/tensor/ops";
import { checkReal } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/** Bounds of `hardtanh`. */
export interface HardtanhOptions {
  /** @default -1 */
  readonly minVal?: number;
  /** @default 1 */
  readonly maxVal?: number;
}

const rules: OptionRules<HardtanhOptions> = { minVal: [-1, checkReal], maxVal: [1, checkReal] };

/** Keeps `x` within two bounds, elementwise. Its gradient is 0 from the bounds on; that of `clamp` is 1 there. */
export function hardtanh(input: Tensor, options: HardtanhOptions = {}): Tensor {
  const { minVal, maxVal } = readOptions("hardtanh", options, rules);
  checkTensor("hardtanh", input, "input");
  if (!(minVal <= maxVal)) throw new ValueError(`hardtanh: minVal must not exceed maxVal, got ${minVal} and ${maxVal}`);
  return where(lessEqual(input, minVal), minVal, where(greaterEqual(input, maxVal), maxVal, input));
}

const Layer: LayerOf<typeof hardtanh> = /* @__PURE__ */ layerOf(hardtanh, {}, rules);

/** Keeps `x` within two bounds, elementwise: `hardtanh` as a module. */
export class Hardtanh extends Layer {
  /** @throws ValueError if `minVal` is not below `maxVal` or an option unknown. */
  constructor(options: HardtanhOptions = {}) {
    super(options);
    const { minVal, maxVal } = this;
    if (!(minVal < maxVal)) throw new ValueError(`Hardtanh: minVal must be below maxVal, got ${minVal} and ${maxVal}`);
  }
}
