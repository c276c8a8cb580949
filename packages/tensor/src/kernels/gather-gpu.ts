import { integerLocal } from "../devices/gpu/integer-local.ts";
import { singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { GatherParams, PositionsParams } from "./gather.ts";
import { forMatches, unravel } from "./lib/gpu-index.ts";

export const gather: GpuHalf<GatherParams> = {
  gpu(_inputs, [out], { outer, length, count, inner, shared }) {
    const at = integerLocal("p", `(i0 * ${length} + t[${shared ? "i1" : "this.thread.x"}]) * ${inner} + i2`);
    const body = `${unravel([outer, count, inner]).statements}${at}\nreturn x[p];`;
    return singleStep(sizeOf(out!.shape), { x: "input0", t: "input1" }, body);
  },
};

export const scatter: GpuHalf<GatherParams> = {
  gpu(_inputs, [out], { outer, length, count, inner, shared }) {
    const body = `${unravel([outer, length, inner]).statements}
let sum = 0.0;
${forMatches(`i0 * ${count * inner} + i2`, count, inner, shared ? "(k | 0)" : "p", "sum += x[p];")}return sum;`;
    return singleStep(sizeOf(out!.shape), { x: "input0", t: "input1" }, body);
  },
};

export const lastPositions: GpuHalf<PositionsParams> = {
  gpu(_inputs, [out], { outer, length, count, inner }) {
    const body = `${unravel([outer, length, inner]).statements}
let last = -1.0;
${forMatches(`i0 * ${count * inner} + i2`, count, inner, "p", "last = k;")}return last;`;
    return singleStep(sizeOf(out!.shape), { t: "input0" }, body);
  },
};
