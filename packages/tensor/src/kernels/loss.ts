import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { lossModule } from "../devices/wasm/generated/loss.ts";

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
  gpuHalf: "nll",
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
});

/** Inputs: a gradient for each target, targets, and class weights if there are any. Output: gradients of the log-probabilities. */
export const nllGradKernel: Kernel<NllParams> = defineKernel<NllParams>({
  name: "nllGrad",
  gpuHalf: "nllGrad",
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
});
