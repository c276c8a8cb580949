import { integerLocal } from "../devices/gpu/integer-local.ts";
import type { GpuArgument } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { lossModule } from "../devices/wasm/generated/loss.ts";
import { sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";

/** How rows and classes lie in memory: values are `[pictures, classes, inner]`, targets `[pictures, inner]`. */
export interface NllParams {
  readonly classes: number;
  readonly inner: number;
  readonly ignoreIndex: number;
}

/** Rows in the smallest piece that is worth a thread's while. */
const GRAIN = 4096;

/** Inputs: log-probabilities, targets, and class weights if there are any. Output: a loss for each target. */
export const nllKernel: Kernel<NllParams> = defineKernel<NllParams>({
  name: "nll",
  dtypes: ["float32", "int32", "float32"],
  wasm(context, [x, target, weight], [out], { classes, inner, ignoreIndex }) {
    context.parallel(
      lossModule,
      "nll",
      out!.size,
      GRAIN,
      x!.ptr,
      target!.ptr,
      weight?.ptr ?? 0,
      out!.ptr,
      classes,
      inner,
      ignoreIndex,
    );
  },
  gpu(inputs, [out], { classes, inner, ignoreIndex }) {
    const size = sizeOf(out!.shape);
    const weighted = inputs.length > 2;
    const source = `function(x, t${weighted ? ", w" : ""}) {
      ${divide("this.thread.x", size, inner, "picture", "position")}
      const y = t[this.thread.x];
      ${integerLocal("k", "Math.max(y, 0.0)")}
      ${integerLocal("p", `(picture * ${classes}.0 + k) * ${inner}.0 + position`)}
      return y === ${ignoreIndex}.0 ? 0.0 : -x[p]${weighted ? " * w[k]" : ""};
    }`;
    return { steps: [{ source, args: inputs.map((_, i): GpuArgument => `input${i}`), size }] };
  },
});

/** Inputs: a gradient for each target, targets, and class weights if there are any. Output: gradients of the log-probabilities. */
export const nllGradKernel: Kernel<NllParams> = defineKernel<NllParams>({
  name: "nllGrad",
  dtypes: ["float32", "int32", "float32"],
  wasm(context, [grad, target, weight], [out], { classes, inner, ignoreIndex }) {
    const rows = target!.size;
    context.parallel(
      lossModule,
      "nllGrad",
      rows,
      GRAIN,
      grad!.ptr,
      target!.ptr,
      weight?.ptr ?? 0,
      out!.ptr,
      classes,
      inner,
      ignoreIndex,
    );
  },
  gpu(inputs, [out], { classes, inner, ignoreIndex }) {
    const size = sizeOf(out!.shape);
    const weighted = inputs.length > 2;
    const source = `function(g, t${weighted ? ", w" : ""}) {
      ${divide("this.thread.x", size, inner, "plane", "position")}
      ${divide("plane", size / inner, classes, "picture", "c")}
      ${integerLocal("r", `picture * ${inner}.0 + position`)}
      ${integerLocal("k", "c")}
      return t[r] === c ? (c === ${ignoreIndex}.0 ? 0.0 : -g[r]${weighted ? " * w[k]" : ""}) : 0.0;
    }`;
    return { steps: [{ source, args: inputs.map((_, i): GpuArgument => `input${i}`), size }] };
  },
});
