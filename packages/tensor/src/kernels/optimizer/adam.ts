import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { adamModule } from "../../devices/wasm/generated/adam.ts";
import type { AdamStepOptions } from "../../ops/optimizers/adam-step.ts";
import { addressesOf } from "../lib/addresses.ts";
import { PARAMETER_GRAIN } from "../lib/pieces.ts";
import { adamUniforms } from "./adam-uniforms.ts";

/** Inputs: for each parameter itself, its gradient, m, v and, with AMSGrad, the largest v. Outputs: all but the gradient, in place. */
export const adamKernel: Kernel<AdamStepOptions> = /* @__PURE__ */ defineWasmHalf({
  name: "adamStep",
  wasm(context, inputs, _, options) {
    const { amsgrad, maximize, decoupled } = options;
    const [stepSize, beta1, beta2, rootCorrection, eps, decay, shrink, takeM, takeV] = adamUniforms(options);
    for (let i = 0; i < inputs.length;) {
      const parameter = inputs[i]!;
      const operands = addressesOf(
        inputs[i++],
        inputs[i++],
        inputs[i++],
        inputs[i++],
        amsgrad ? inputs[i++] : undefined,
      );
      const averages = [stepSize!, beta1!, takeM!, beta2!, takeV!, rootCorrection!, eps!] as const;
      const change = [decoupled ? 0 : decay!, shrink!, maximize ? -1 : 1] as const;
      context.parallel(adamModule, "adam", parameter.size, PARAMETER_GRAIN, ...operands, ...averages, ...change);
    }
  },
});
