import { integerLocal } from "../devices/gpu/integer-local.ts";
import { singleStep } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { gatherModule } from "../devices/wasm/generated/gather.ts";
import { sizeOf } from "../tensor/shape.ts";
import { unravel } from "./lib/gpu-index.ts";

/** How values `[outer, length, inner]` are picked as `[outer, count, inner]`. */
export interface GatherParams {
  readonly outer: number;
  readonly length: number;
  readonly count: number;
  readonly inner: number;
  /** Whether the positions are `[count]`, the same for all of outer and inner; else shaped like the picks. */
  readonly shared: boolean;
}

const GRAIN = 8192;

/** Inputs: values and positions. Output: the values at these positions. */
export const gatherKernel: Kernel<GatherParams> = /* @__PURE__ */ defineKernel<GatherParams>({
  name: "gather",
  dtypes: ["output", "int32"],
  wasm(context, [x, index], [out], { length, count, inner, shared }) {
    const fn = shared ? "gatherRows" : "gather";
    const run = shared ? inner : 1;
    context.parallel(
      gatherModule,
      fn,
      out!.size / run,
      Math.ceil(GRAIN / run),
      x!.ptr,
      index!.ptr,
      out!.ptr,
      length,
      count,
      inner,
    );
  },
  gpu(_inputs, [out], { outer, length, count, inner, shared }) {
    const { statements } = unravel([outer, count, inner]);
    const source = `function(x, t) {
${statements}
${integerLocal("p", `(i0 * ${length} + t[${shared ? "i1" : "this.thread.x"}]) * ${inner} + i2`)}
return x[p];
}`;
    return singleStep(source, 2, sizeOf(out!.shape));
  },
});

/** Inputs: values and positions. Output: zeros, to which each value is added at its position: the adjoint of `gatherKernel`. */
export const scatterKernel: Kernel<GatherParams> = /* @__PURE__ */ defineKernel<GatherParams>({
  name: "scatter",
  dtypes: ["float32", "int32"],
  wasm(context, [source, index], [out], { outer, length, count, inner, shared }) {
    const grain = Math.max(1, Math.ceil(GRAIN / (count * inner)));
    context.parallel(
      gatherModule,
      "scatter",
      outer,
      grain,
      source!.ptr,
      index!.ptr,
      out!.ptr,
      length,
      count,
      inner,
      shared ? 1 : 0,
    );
  },
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
});
