import { type GpuArgument, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import type { AdamStepOptions } from "../../ops/optimizers/adam-step.ts";
import type { SgdStepOptions } from "../../ops/optimizers/sgd-step.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { adamUniforms } from "./adam-uniforms.ts";

export const sgdStep: GpuHalf<SgdStepOptions> = {
  key: ({ momentum, nesterov, maximize, first }) => `${momentum !== 0},${nesterov},${maximize},${first}`,
  uniforms: ({ lr, momentum, dampening, weightDecay }) => [lr, momentum, 1 - dampening, weightDecay],
  gpu(inputs, _, { momentum, nesterov, maximize, first }) {
    const steps = new ProgramSteps();
    const outputs: GpuArgument[] = [];
    const gradient = `(${maximize ? "-" : ""}g[this.thread.x] + ${decayed("u[3]")})`;
    const buffer = first ? gradient : `u[1] * m[this.thread.x] + u[2] * ${gradient}`;
    const change = nesterov ? `(${gradient} + u[1] * n[this.thread.x])` : "n[this.thread.x]";
    for (let i = 0; i < inputs.length; i += momentum === 0 ? 2 : 3) {
      const size = sizeOf(inputs[i]!.shape);
      const given = { p: `input${i}`, g: `input${i + 1}`, u: "uniforms" } as const;
      if (momentum === 0) {
        outputs.push(steps.add(size, given, `return p[this.thread.x] - u[0] * ${gradient};`));
        continue;
      }
      const n = steps.add(size, { ...given, m: first ? undefined : `input${i + 2}` }, `return ${buffer};`);
      const read = { ...given, g: nesterov ? given.g : undefined, n };
      outputs.push(steps.add(size, read, `return p[this.thread.x] - u[0] * ${change};`), n);
    }
    return steps.program(...outputs);
  },
};

export const adamStep: GpuHalf<AdamStepOptions> = {
  key: ({ amsgrad, maximize, decoupled }) => `${amsgrad},${maximize},${decoupled}`,
  uniforms: adamUniforms,
  gpu(inputs, _, { amsgrad, maximize, decoupled }) {
    const steps = new ProgramSteps();
    const outputs: GpuArgument[] = [];
    const gradient = `${maximize ? "-" : ""}g[this.thread.x]${decoupled ? "" : ` + ${decayed("u[5]")}`}`;
    const newM = `return u[1] * m[this.thread.x] + u[7] * (${gradient});`;
    const newV = `const d = ${gradient}; return u[2] * v[this.thread.x] + u[8] * d * d;`;
    const newP =
      "return p[this.thread.x] * u[6] - u[0] * m[this.thread.x] / (Math.sqrt(w[this.thread.x]) / u[3] + u[4]);";
    for (let i = 0; i < inputs.length; i += amsgrad ? 5 : 4) {
      const size = sizeOf(inputs[i]!.shape);
      const given = { p: `input${i}`, g: `input${i + 1}`, u: "uniforms" } as const;
      const m = steps.add(size, { ...given, m: `input${i + 2}` }, newM);
      const v = steps.add(size, { ...given, v: `input${i + 3}` }, newV);
      const largest = { w: `input${i + 4}`, v } as const;
      const w = amsgrad ? steps.add(size, largest, "return Math.max(w[this.thread.x], v[this.thread.x]);") : v;
      const p = steps.add(size, { ...given, g: undefined, m, w }, newP);
      outputs.push(p, m, v, ...(amsgrad ? [w] : []));
    }
    return steps.program(...outputs);
  },
};

/** gpu.js expression of the parameter times its decay: 0 without decay, even where the parameter is NaN. */
function decayed(decay: string): string {
  return `(${decay} === 0.0 ? 0.0 : ${decay} * p[this.thread.x])`;
}
