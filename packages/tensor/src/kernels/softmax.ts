import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { softmaxModule } from "../devices/wasm/generated/softmax.ts";
import { addressesOf } from "./lib/addresses.ts";
import { aroundAxis } from "./lib/around-axis.ts";

/** Along which axis, and whether the logarithm is wanted. */
export interface SoftmaxParams {
  readonly dim: number;
  readonly logarithm: boolean;
}

/** Softmax along an axis, or its logarithm; the largest entry is subtracted first, so that nothing overflows. */
export const softmaxKernel: Kernel<SoftmaxParams> = /* @__PURE__ */ defineWasmHalf({
  name: "softmax",
  wasm(context, [x], [out], { dim, logarithm }) {
    const { outer, length, inner } = aroundAxis(x!.shape, dim);
    const units = outer * Math.ceil(inner / 4);
    const grain = Math.max(1, Math.floor(1024 / length));
    const operands = addressesOf(x, out);
    context.parallel(softmaxModule, "softmax", units, grain, Number(logarithm), ...operands, length, inner);
  },
});
