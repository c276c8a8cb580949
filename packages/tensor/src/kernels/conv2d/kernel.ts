import { pictureChains } from "../../devices/fusing/picture-chains.ts";
import { defineWasmHalf, type Kernel, type OperandSpec } from "../../devices/kernel.ts";
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
    methodFor(geometry).forward(context, x!.ptr, weight!.ptr, bias?.ptr ?? null, y!.ptr, geometry);
  },
  flops,
});

/** Inputs: dy and weight. */
export const conv2dInputGradKernel: Kernel<Conv2dGeometry> = /* @__PURE__ */ gradKernel("inputGrad");
/** Inputs: dy and x. */
export const conv2dWeightGradKernel: Kernel<Conv2dGeometry> = /* @__PURE__ */ gradKernel("weightGrad");

function gradKernel(of: "inputGrad" | "weightGrad"): Kernel<Conv2dGeometry> {
  return defineWasmHalf({
    name: of === "inputGrad" ? "conv2dInputGrad" : "conv2dWeightGrad",
    wasm(context, [dy, other], [result], geometry) {
      methodFor(geometry)[of](context, dy!.ptr, other!.ptr, result!.ptr, geometry);
    },
    flops,
  });
}

function flops(_inputs: readonly OperandSpec[], _outputs: readonly OperandSpec[], geometry: Conv2dGeometry): number {
  return conv2dFlops(geometry);
}
