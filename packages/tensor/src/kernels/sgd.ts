import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { sgdModule } from "../devices/wasm/generated/sgd.ts";
import type { SgdStepOptions } from "../ops/optimizers/sgd-step.ts";

/** Elements in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/**
 * Inputs: for each parameter itself, its gradient and, with momentum, its buffer. Outputs: parameter and buffer, in place.
 */
export const sgdKernel: Kernel<SgdStepOptions> = /* @__PURE__ */ defineKernel<SgdStepOptions>({
  name: "sgdStep",
  gpuHalf: "sgdStep",
  wasm(context, inputs, _, { lr, momentum, dampening, nesterov, weightDecay, maximize, first }) {
    const sign = maximize ? -1 : 1;
    for (let i = 0; i < inputs.length;) {
      const [parameter, gradient] = [inputs[i++]!, inputs[i++]!];
      if (momentum === 0) {
        context.parallel(sgdModule, "sgd", parameter.size, GRAIN, parameter.ptr, gradient.ptr, lr, weightDecay, sign);
        continue;
      }
      const buffer = inputs[i++]!;
      const [keep, take] = first ? [0, 1] : [momentum, 1 - dampening];
      context.parallel(
        sgdModule,
        "sgdMomentum",
        parameter.size,
        GRAIN,
        parameter.ptr,
        gradient.ptr,
        buffer.ptr,
        lr,
        weightDecay,
        sign,
        keep,
        take,
        momentum,
        nesterov ? 1 : 0,
      );
    }
  },
});
