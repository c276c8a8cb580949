import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { softmaxModule } from "../devices/wasm/generated/softmax.ts";
import { type Shape, sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";

/** Along which axis, and whether the logarithm is wanted. */
export interface SoftmaxParams {
  readonly dim: number;
  readonly logarithm: boolean;
}

/** Softmax along an axis, or its logarithm; the largest entry is subtracted first, so that nothing overflows. */
export const softmaxKernel: Kernel<SoftmaxParams> = /* @__PURE__ */ defineKernel<SoftmaxParams>({
  name: "softmax",
  wasm(context, [x], [out], { dim, logarithm }) {
    const { outer, length, inner } = split(x!.shape, dim);
    const grain = Math.max(1, Math.floor(1024 / length));
    context.parallel(
      softmaxModule,
      "softmax",
      outer * Math.ceil(inner / 4),
      grain,
      Number(logarithm),
      x!.ptr,
      out!.ptr,
      length,
      inner,
    );
  },
  gpu([x], _outputs, { dim, logarithm }) {
    const { outer, length, inner } = split(x!.shape, dim);
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
});

function split(shape: Shape, dim: number): { outer: number; length: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, dim)), length: shape[dim] ?? 1, inner: sizeOf(shape.slice(dim + 1)) };
}
