import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensor, refuseUnknownOptions } from "@tapegrad/tensor/internal";
import { greaterEqual } from "@tapegrad/tensor/ops/greater-equal";
import { lessEqual } from "@tapegrad/tensor/ops/less-equal";
import { where } from "@tapegrad/tensor/ops/where";
import { checkNumbers } from "../../checks/check-values.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** Bounds of `hardtanh`. */
export interface HardtanhOptions {
  /** @default -1 */
  readonly minVal?: number;
  /** @default 1 */
  readonly maxVal?: number;
}

/** Keeps `x` within two bounds, elementwise. Its gradient is 0 from the bounds on; that of `clamp` is 1 there. */
export function hardtanh(input: Tensor, options: HardtanhOptions = {}): Tensor {
  refuseUnknownOptions("hardtanh", options, ["minVal", "maxVal"]);
  const { minVal = -1, maxVal = 1 } = options;
  checkTensor("hardtanh", input, "input");
  checkNumbers("hardtanh", { minVal, maxVal });
  if (!(minVal <= maxVal)) throw new ValueError(`hardtanh: minVal must not exceed maxVal, got ${minVal} and ${maxVal}`);
  return where(lessEqual(input, minVal), minVal, where(greaterEqual(input, maxVal), maxVal, input));
}

/** Keeps `x` within two bounds, elementwise: `hardtanh` as a module. */
export class Hardtanh extends Module {
  readonly minVal: number;
  readonly maxVal: number;

  /** @throws ValueError if `minVal` is not below `maxVal` or an option unknown. */
  constructor(options: HardtanhOptions = {}) {
    super();
    refuseUnknownOptions("Hardtanh", options, ["minVal", "maxVal"]);
    const { minVal = -1, maxVal = 1 } = options;
    checkNumbers("Hardtanh", { minVal, maxVal });
    if (!(minVal < maxVal)) throw new ValueError(`Hardtanh: minVal must be below maxVal, got ${minVal} and ${maxVal}`);
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  override extraRepr(): string {
    return optionsText({ minVal: this.minVal, maxVal: this.maxVal });
  }

  forward(input: Tensor): Tensor {
    return hardtanh(input, { minVal: this.minVal, maxVal: this.maxVal });
  }
}
