import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { lossModule } from "../devices/wasm/generated/loss.ts";
import { addressesOf } from "./lib/addresses.ts";

/** How rows and classes lie in memory: values are `[pictures, classes, inner]`, targets `[pictures, inner]`. */
export interface NllParams {
  readonly classes: number;
  readonly inner: number;
  readonly ignoreIndex: number;
}

/** Rows in the smallest piece that is worth a thread's while. */
const GRAIN = 4096;

/** Inputs: log-probabilities, targets, and class weights if there are any. Output: a loss for each target. */
export const nllKernel: Kernel<NllParams> = lossKernel("nll");
/** Inputs: a gradient for each target, targets, and class weights if there are any. Output: gradients of the log-probabilities. */
export const nllGradKernel: Kernel<NllParams> = lossKernel("nllGrad");

function lossKernel(name: "nll" | "nllGrad"): Kernel<NllParams> {
  return defineWasmHalf({
    name,
    dtypes: ["float32", "int32", "float32"],
    wasm(context, [values, target, weight], [out], { classes, inner, ignoreIndex }) {
      const operands = addressesOf(values, target, weight, out);
      context.parallel(lossModule, name, target!.size, GRAIN, ...operands, classes, inner, ignoreIndex);
    },
  });
}
