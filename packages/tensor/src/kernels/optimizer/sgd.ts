import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { sgdModule } from "../../devices/wasm/generated/sgd.ts";
import type { SgdStepOptions } from "../../ops/optimizers/sgd-step.ts";
import { addressesOf } from "../lib/addresses.ts";
import { PARAMETER_GRAIN } from "../lib/pieces.ts";

/**
 * Inputs: for each parameter itself, its gradient and, with momentum, its buffer. Outputs: parameter and buffer, in place.
 */
export const sgdKernel: Kernel<SgdStepOptions> = /* @__PURE__ */ defineWasmHalf({
  name: "sgdStep",
  wasm(context, inputs, _, { lr, momentum, dampening, nesterov, weightDecay, maximize, first }) {
    const sign = maximize ? -1 : 1;
    for (let i = 0; i < inputs.length;) {
      const parameter = inputs[i++]!;
      const gradient = inputs[i++]!;
      if (momentum === 0) {
        const operands = [...addressesOf(parameter, gradient), lr, weightDecay, sign] as const;
        context.parallel(sgdModule, "sgd", parameter.size, PARAMETER_GRAIN, ...operands);
        continue;
      }
      const operands = addressesOf(parameter, gradient, inputs[i++]);
      const keep = first ? 0 : momentum;
      const take = first ? 1 : 1 - dampening;
      const factors = [lr, weightDecay, sign, keep, take, momentum, Number(nesterov)] as const;
      context.parallel(sgdModule, "sgdMomentum", parameter.size, PARAMETER_GRAIN, ...operands, ...factors);
    }
  },
});
