import { integerLocal } from "../devices/gpu/integer-local.ts";
import { singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { GatherParams, PositionsParams } from "./gather.ts";
import { unravel } from "./lib/gpu-index.ts";

export const gatherGpu: GpuHalf<GatherParams> = {
  gpu(_inputs, [out], { outer, length, count, inner, shared }) {
    const { statements } = unravel([outer, count, inner]);
    const source = `function(x, t) {
${statements}
${integerLocal("p", `(i0 * ${length} + t[${shared ? "i1" : "this.thread.x"}]) * ${inner} + i2`)}
return x[p];
}`;
    return singleStep(source, 2, sizeOf(out!.shape));
  },
};

export const scatterGpu: GpuHalf<GatherParams> = {
  gpu(_inputs, [out], { outer, length, count, inner, shared }) {
    const { statements } = unravel([outer, length, inner]);
    const source = `function(x, t) {
${statements}
${integerLocal("p", `i0 * ${count * inner} + i2`)}
${integerLocal("q", shared ? "0" : "p")}
let sum = 0.0;
for (let k = 0; k < ${count}; k++) {
  if (t[q] === i1) { sum += x[p]; }
  p += ${inner};
  q += ${shared ? 1 : inner};
}
return sum;
}`;
    return singleStep(source, 2, sizeOf(out!.shape));
  },
};

export const lastPositionsGpu: GpuHalf<PositionsParams> = {
  gpu(_inputs, [out], { outer, length, count, inner }) {
    const { statements } = unravel([outer, length, inner]);
    const source = `function(t) {
${statements}
${integerLocal("q", `i0 * ${count * inner} + i2`)}
let last = -1.0;
for (let k = 0; k < ${count}; k++) {
  if (t[q] === i1) { last = k; }
  q += ${inner};
}
return last;
}`;
    return singleStep(source, 1, sizeOf(out!.shape));
  },
};
