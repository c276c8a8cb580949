import { defineWasmHalf, type Kernel } from "../devices/kernel.ts";
import { lossModule } from "../devices/wasm/generated/loss.ts";
import { addressesOf } from "./lib/addresses.ts";
import { nllKernel, type NllParams } from "./loss.ts";
import { softmaxKernel } from "./softmax.ts";

const alongClasses = { dim: 1, logarithm: true } as const;

/** Inputs: logits, targets, and class weights if there are any. Outputs: a loss for each target, and log-probabilities. */
export const crossEntropyKernel: Kernel<NllParams> = /* @__PURE__ */ defineWasmHalf({
  name: "crossEntropy",
  dtypes: ["float32", "int32", "float32"],
  wasm(context, [x, ...rest], [losses, logProbs], params) {
    softmaxKernel.wasm(context, [x!], [logProbs!], alongClasses);
    nllKernel.wasm(context, [logProbs!, ...rest], [losses!], params);
  },
});

/** Columns that are computed together; see wasm-src/loss.ts. */
const COLUMNS = 4;
/** Values in the smallest piece that is worth a thread's while. */
const PIECE = 4096;

/**
 * Inputs: a gradient for each target, log-probabilities, targets, and class weights if there are any. Output: the
 * gradient of the logits.
 */
export const crossEntropyGradKernel: Kernel<NllParams> = /* @__PURE__ */ defineWasmHalf({
  name: "crossEntropyGrad",
  dtypes: ["float32", "float32", "int32", "float32"],
  wasm(context, [grad, logProbs, target, weight], [out], { classes, inner, ignoreIndex }) {
    const units = (target!.size / inner) * Math.ceil(inner / COLUMNS);
    const operands = addressesOf(grad, logProbs, target, weight, out);
    const sizes = [classes, inner, ignoreIndex] as const;
    context.parallel(lossModule, "crossEntropyGrad", units, Math.ceil(PIECE / classes), ...operands, ...sizes);
  },
});
