import type { GpuArgument, GpuStep } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel, type OperandSpec } from "../devices/kernel.ts";
import { optimizerModule } from "../devices/wasm/generated/optimizer.ts";
import type { AdamStepOptions } from "../ops/optimizers/adam-step.ts";
import type { SgdStepOptions } from "../ops/optimizers/sgd-step.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Elements in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/**
 * Inputs: for each parameter itself, its gradient and, with momentum, its buffer. Outputs: parameter and buffer, in place.
 */
export const sgdKernel: Kernel<SgdStepOptions> = defineKernel<SgdStepOptions>({
  name: "sgdStep",
  key: ({ momentum, nesterov, maximize, first }) => `${momentum !== 0},${nesterov},${maximize},${first}`,
  uniforms: ({ lr, momentum, dampening, weightDecay }) => [lr, momentum, 1 - dampening, weightDecay],
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
  gpu(inputs, _, { momentum, nesterov, maximize, first }) {
    const steps: GpuStep[] = [];
    const gradient = `${maximize ? "-" : ""}g[this.thread.x] + ${decayed("u[3]")}`;
    const stride = momentum === 0 ? 2 : 3;
    for (let i = 0; i < inputs.length; i += stride) {
      const size = sizeOf(inputs[i]!.shape);
      const [p, g, m]: GpuArgument[] = [`input${i}`, `input${i + 1}`, `input${i + 2}`];
      if (momentum === 0) {
        steps.push({
          source: `function(p, g, u) { return p[this.thread.x] - u[0] * (${gradient}); }`,
          args: [p!, g!, "uniforms"],
          size,
        });
        continue;
      }
      const made = steps.length;
      const buffer = first ? gradient : `u[1] * m[this.thread.x] + u[2] * (${gradient})`;
      const change = nesterov ? `${gradient} + u[1] * n[this.thread.x]` : "n[this.thread.x]";
      steps.push(
        first
          ? { source: `function(p, g, u) { return ${buffer}; }`, args: [p!, g!, "uniforms"], size }
          : { source: `function(p, g, m, u) { return ${buffer}; }`, args: [p!, g!, m!, "uniforms"], size },
        nesterov
          ? {
              source: `function(p, g, n, u) { return p[this.thread.x] - u[0] * (${change}); }`,
              args: [p!, g!, `step${made}`, "uniforms"],
              size,
            }
          : {
              source: `function(p, n, u) { return p[this.thread.x] - u[0] * ${change}; }`,
              args: [p!, `step${made}`, "uniforms"],
              size,
            },
      );
    }
    // With momentum each parameter's buffer is made first, but stands second among the outputs.
    const outputs = steps.map((_, i) => (momentum === 0 ? i : i ^ 1));
    return { steps, outputs };
  },
});

/** Inputs: for each parameter itself, its gradient, m, v and, with AMSGrad, the largest v. Outputs: all but the gradient, in place. */
export const adamKernel: Kernel<AdamStepOptions> = defineKernel<AdamStepOptions>({
  name: "adamStep",
  key: ({ amsgrad, maximize, decoupled }) => `${amsgrad},${maximize},${decoupled}`,
  uniforms: adamUniforms,
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
  gpu(inputs, _, { amsgrad, maximize, decoupled }) {
    const steps: GpuStep[] = [];
    const outputs: number[] = [];
    const stride = amsgrad ? 5 : 4;
    const gradient = `${maximize ? "-" : ""}g[this.thread.x]${decoupled ? "" : ` + ${decayed("u[5]")}`}`;
    for (let i = 0; i < inputs.length; i += stride) {
      const add = (source: string, args: readonly GpuArgument[]): number =>
        steps.push({ source, args: [...args, "uniforms"], size: sizeOf((inputs[i] as OperandSpec).shape) }) - 1;
      const [p, g, m, v, largest]: GpuArgument[] = [
        `input${i}`,
        `input${i + 1}`,
        `input${i + 2}`,
        `input${i + 3}`,
        `input${i + 4}`,
      ];
      const newM = add(`function(p, g, m, u) { return u[1] * m[this.thread.x] + u[7] * (${gradient}); }`, [p!, g!, m!]);
      const newV = add(
        `function(p, g, v, u) { const d = ${gradient}; return u[2] * v[this.thread.x] + u[8] * d * d; }`,
        [p!, g!, v!],
      );
      const root = amsgrad
        ? add("function(w, v, u) { return Math.max(w[this.thread.x], v[this.thread.x]); }", [largest!, `step${newV}`])
        : newV;
      const newP = add(
        "function(p, m, w, u) { return p[this.thread.x] * u[6] - u[0] * m[this.thread.x] / (Math.sqrt(w[this.thread.x]) / u[3] + u[4]); }",
        [p!, `step${newM}`, `step${root}`],
      );
      outputs.push(newP, newM, newV, ...(amsgrad ? [root] : []));
    }
    return { steps, outputs };
  },
});

/** gpu.js expression of the parameter times its decay: 0 without decay, even where the parameter is NaN. */
function decayed(decay: string): string {
  return `(${decay} === 0.0 ? 0.0 : ${decay} * p[this.thread.x])`;
}

/**
 * lr/(1−β₁ᵗ), β₁, β₂, √(1−β₂ᵗ), eps, weight decay, what the parameter is multiplied by first, 1−β₁, 1−β₂.
 * The last two are made here, in double precision: 1 − 0.999 in float32 is off by 13 parts in a million.
 */
function adamUniforms({ lr, beta1, beta2, eps, weightDecay, decoupled, step }: AdamStepOptions): readonly number[] {
  const stepSize = lr / (1 - beta1 ** step);
  const shrink = decoupled ? 1 - lr * weightDecay : 1;
  const rootCorrection = Math.sqrt(1 - beta2 ** step);
  return [stepSize, beta1, beta2, rootCorrection, eps, weightDecay, shrink, 1 - beta1, 1 - beta2];
}
