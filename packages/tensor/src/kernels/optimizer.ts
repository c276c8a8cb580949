import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { optimizerModule } from "../devices/wasm/generated/optimizer.ts";
import type { AdamStepOptions } from "../ops/optimizers/adam-step.ts";
import type { SgdStepOptions } from "../ops/optimizers/sgd-step.ts";
import { adamUniforms } from "./adam-uniforms.ts";

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
        context.parallel(
          optimizerModule,
          "sgd",
          parameter.size,
          GRAIN,
          parameter.ptr,
          gradient.ptr,
          lr,
          weightDecay,
          sign,
        );
        continue;
      }
      const buffer = inputs[i++]!;
      const [keep, take] = first ? [0, 1] : [momentum, 1 - dampening];
      context.parallel(
        optimizerModule,
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

/** Inputs: for each parameter itself, its gradient, m, v and, with AMSGrad, the largest v. Outputs: all but the gradient, in place. */
export const adamKernel: Kernel<AdamStepOptions> = /* @__PURE__ */ defineKernel<AdamStepOptions>({
  name: "adamStep",
  gpuHalf: "adamStep",
  wasm(context, inputs, _, options) {
    const { amsgrad, maximize, decoupled } = options;
    const [stepSize, beta1, beta2, rootCorrection, eps, decay, shrink, takeM, takeV] = adamUniforms(options);
    for (let i = 0; i < inputs.length;) {
      const [parameter, gradient, m, v] = [inputs[i++]!, inputs[i++]!, inputs[i++]!, inputs[i++]!];
      const largest = amsgrad ? inputs[i++]!.ptr : 0;
      context.parallel(
        optimizerModule,
        "adam",
        parameter.size,
        GRAIN,
        parameter.ptr,
        gradient.ptr,
        m.ptr,
        v.ptr,
        largest,
        stepSize!,
        beta1!,
        takeM!,
        beta2!,
        takeV!,
        rootCorrection!,
        eps!,
        decoupled ? 0 : decay!,
        shrink!,
        maximize ? -1 : 1,
      );
    }
  },
});
