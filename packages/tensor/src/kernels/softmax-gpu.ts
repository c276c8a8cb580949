import { ProgramSteps } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import { aroundAxis } from "./lib/around-axis.ts";
import { divide, unravel } from "./lib/gpu-index.ts";
import type { SoftmaxParams } from "./softmax.ts";

export const softmax: GpuHalf<SoftmaxParams> = {
  gpu([x], _outputs, { dim, logarithm }) {
    const { outer, length, inner } = aroundAxis(x!.shape, dim);
    const rows = `${divide("this.thread.x", outer * inner, inner, "o", "i")}const start = o * ${length * inner} + i;\n`;
    const largest = `${rows}let m = x[start];
for (let k = 1; k < ${length}; k++) { const v = x[start + k * ${inner}]; m = v > m ? v : (v === v ? m : v); }
return m;`;
    const total = `${rows}let s = 0.0;
for (let k = 0; k < ${length}; k++) { s = s + Math.exp(x[start + k * ${inner}] - m[this.thread.x]); }
return s;`;
    const value = logarithm ? "x[this.thread.x] - m[r] - Math.log(s[r])" : "Math.exp(x[this.thread.x] - m[r]) / s[r]";
    const result = `${unravel([outer, length, inner]).statements}const r = i0 * ${inner} + i2;\nreturn ${value};`;
    const steps = new ProgramSteps();
    const m = steps.add(outer * inner, { x: "input0" }, largest);
    const s = steps.add(outer * inner, { x: "input0", m }, total);
    return steps.program(steps.add(sizeOf(x!.shape), { x: "input0", m, s }, result));
  },
};
