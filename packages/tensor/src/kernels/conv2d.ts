import { defineKernel } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { forwardProgram, inputGradProgram, weightGradProgram } from "./conv2d-gpu.ts";
import type { Conv2dGeometry } from "./conv2d-geometry.ts";
import { forward, inputGrad, weightGrad } from "./conv2d-wasm.ts";

/** Inputs: x, weight and perhaps bias. */
export const conv2dKernel: Kernel<Conv2dGeometry> = defineKernel<Conv2dGeometry>({
  name: "conv2d",
  wasm(context, [x, weight, bias], [y], geometry) {
    forward(context, x!.ptr, weight!.ptr, bias?.ptr ?? null, y!.ptr, geometry);
  },
  gpu: (inputs, _outputs, geometry) => forwardProgram(geometry, inputs.length === 3),
});

/** Inputs: dy and weight. */
export const conv2dInputGradKernel: Kernel<Conv2dGeometry> = defineKernel<Conv2dGeometry>({
  name: "conv2dInputGrad",
  wasm(context, [dy, weight], [dx], geometry) {
    inputGrad(context, dy!.ptr, weight!.ptr, dx!.ptr, geometry);
  },
  gpu: (_inputs, _outputs, geometry) => inputGradProgram(geometry),
});

/** Inputs: dy and x. */
export const conv2dWeightGradKernel: Kernel<Conv2dGeometry> = defineKernel<Conv2dGeometry>({
  name: "conv2dWeightGrad",
  wasm(context, [dy, x], [dweight], geometry) {
    weightGrad(context, dy!.ptr, x!.ptr, dweight!.ptr, geometry);
  },
  gpu: (_inputs, _outputs, geometry) => weightGradProgram(geometry),
});
