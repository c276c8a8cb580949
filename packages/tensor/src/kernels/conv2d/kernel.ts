import { pictureChains } from "../../devices/fusing/picture-chains.ts";
import { defineWasmHalf, type Kernel, type OperandSpec } from "../../devices/kernel.ts";
import { addressesOf } from "../lib/addresses.ts";
import { absorbIntoConv2d } from "./fused.ts";
import { conv2dFlops, type Conv2dGeometry } from "./geometry.ts";
import { methodFor } from "./method.ts";

/** Inputs: x, weight and perhaps bias. */
export const conv2dKernel: Kernel<Conv2dGeometry> = /* @__PURE__ */ defineWasmHalf({
  name: "conv2d",
  deferrable: "once",
  absorb: absorbIntoConv2d,
  pictures: {
    chains: pictureChains,
    splits: (_params, index) => index === 0,
    parameters: (geometry, count) => ({ ...geometry, images: count }),
  },
  wasm(context, [x, weight, bias], [y], geometry) {
    const operands = addressesOf(x, weight, bias, y);
    methodFor(geometry).correlate(context, geometry, false, ...operands, 0);
  },
  flops,
});

/** Inputs: dy and weight. */
export const conv2dInputGradKernel: Kernel<Conv2dGeometry> = /* @__PURE__ */ defineWasmHalf({
  name: "conv2dInputGrad",
  wasm(context, [dy, weight], [dx], geometry) {
    methodFor(geometry).correlate(context, geometry, true, ...addressesOf(dy, weight, undefined, dx), 0);
  },
  flops,
});
/** Inputs: dy and x. */
export const conv2dWeightGradKernel: Kernel<Conv2dGeometry> = /* @__PURE__ */ defineWasmHalf({
  name: "conv2dWeightGrad",
  wasm(context, [dy, x], [dweight], geometry) {
    methodFor(geometry).weightGrad(context, geometry, ...addressesOf(dy, x, dweight));
  },
  flops,
});

function flops(_inputs: readonly OperandSpec[], _outputs: readonly OperandSpec[], geometry: Conv2dGeometry): number {
  return conv2dFlops(geometry);
}
