import type { Tensor } from "@tapegrad/tensor";
import { checkTensor } from "@tapegrad/tensor/internal";
import { plainOf, type PlainOf } from "../plain-layer.ts";
import { hardtanh } from "./hardtanh.ts";

/** `min(max(0, x), 6)`, elementwise; its gradient is 0 at both bounds. */
export function relu6(input: Tensor): Tensor {
  checkTensor("relu6", input, "input");
  return hardtanh(input, { minVal: 0, maxVal: 6 });
}

const Layer: PlainOf = /* @__PURE__ */ plainOf(relu6);

/** `min(max(0, x), 6)`, elementwise; its gradient is 0 at both bounds. */
export class ReLU6 extends Layer {}
