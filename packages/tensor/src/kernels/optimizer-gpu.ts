import type { GpuArgument, GpuStep } from "../devices/gpu/program.ts";
import type { GpuHalf, OperandSpec } from "../devices/kernel.ts";
import type { AdamStepOptions } from "../ops/optimizers/adam-step.ts";
import type { SgdStepOptions } from "../ops/optimizers/sgd-step.ts";
import { sizeOf } from "../tensor/shape.ts";
import { adamUniforms } from "./adam-uniforms.ts";

export const sgdGpu: GpuHalf<SgdStepOptions> = {
  key: ({ momentum, nesterov, maximize, first }) => `${momentum !== 0},${nesterov},${maximize},${first}`,
  uniforms: ({ lr, momentum, dampening, weightDecay }) => [lr, momentum, 1 - dampening, weightDecay],
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
    // With momentum, each parameter's buffer is made first and stands second among the outputs.
    const outputs = steps.map((_, i) => (momentum === 0 ? i : i ^ 1));
    return { steps, outputs };
  },
};

export const adamGpu: GpuHalf<AdamStepOptions> = {
  key: ({ amsgrad, maximize, decoupled }) => `${amsgrad},${maximize},${decoupled}`,
  uniforms: adamUniforms,
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
};

/** gpu.js expression of the parameter times its decay: 0 without decay, even where the parameter is NaN. */
function decayed(decay: string): string {
  return `(${decay} === 0.0 ? 0.0 : ${decay} * p[this.thread.x])`;
}
