import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import { aroundAxis } from "./lib/around-axis.ts";
import { divide } from "./lib/gpu-index.ts";
import type { SoftmaxParams } from "./softmax.ts";

export const softmaxGpu: GpuHalf<SoftmaxParams> = {
  gpu([x], _outputs, { dim, logarithm }) {
    const { outer, length, inner } = aroundAxis(x!.shape, dim);
    const rows = `${divide("this.thread.x", outer * inner, inner, "o", "i")}const start = o * ${length * inner} + i;\n`;
    const largest = `function(x) {
${rows}let m = x[start];
for (let k = 1; k < ${length}; k++) { const v = x[start + k * ${inner}]; m = v > m ? v : (v === v ? m : v); }
return m;
}`;
    const total = `function(x, m) {
${rows}let s = 0.0;
for (let k = 0; k < ${length}; k++) { s = s + Math.exp(x[start + k * ${inner}] - m[this.thread.x]); }
return s;
}`;
    const size = sizeOf(x!.shape);
    const value = logarithm ? "x[this.thread.x] - m[r] - Math.log(s[r])" : "Math.exp(x[this.thread.x] - m[r]) / s[r]";
    const result = `function(x, m, s) {
${divide("this.thread.x", size, inner, "row", "i")}${divide("row", outer * length, length, "o", "k")}const r = o * ${inner} + i;
return ${value};
}`;
    return {
      steps: [
        { source: largest, args: ["input0"], size: outer * inner },
        { source: total, args: ["input0", "step0"], size: outer * inner },
        { source: result, args: ["input0", "step0", "step1"], size },
      ],
    };
  },
};
