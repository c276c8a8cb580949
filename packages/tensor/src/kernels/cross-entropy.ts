import { integerLocal } from "../devices/gpu/integer-local.ts";
import { append, type GpuArgument, type GpuStep, stepNumbers } from "../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../devices/kernel.ts";
import { lossModule } from "../devices/wasm/generated/loss.ts";
import { sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";
import { nllKernel, type NllParams } from "./loss.ts";
import { softmaxKernel } from "./softmax.ts";

const alongClasses = { dim: 1, logarithm: true } as const;

/** Inputs: logits, targets, and class weights if there are any. Outputs: a loss for each target, and log-probabilities. */
export const crossEntropyKernel: Kernel<NllParams> = defineKernel<NllParams>({
  name: "crossEntropy",
  dtypes: ["float32", "int32", "float32"],
  wasm(context, [x, ...rest], [losses, logProbs], params) {
    softmaxKernel.wasm(context, [x!], [logProbs!], alongClasses);
    nllKernel.wasm(context, [logProbs!, ...rest], [losses!], params);
  },
  gpu(inputs, [losses, logProbs], params) {
    const steps: GpuStep[] = [];
    const [, ...rest] = inputs.map((_, i): GpuArgument => `input${i}`);
    const made = append(steps, softmaxKernel.gpu!([inputs[0]!], [logProbs!], alongClasses), ["input0"]);
    const picked = append(steps, nllKernel.gpu!([logProbs!, ...inputs.slice(1)], [losses!], params), [
      ...made,
      ...rest,
    ]);
    return { steps, outputs: stepNumbers([...picked, ...made]) };
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
export const crossEntropyGradKernel: Kernel<NllParams> = defineKernel<NllParams>({
  name: "crossEntropyGrad",
  dtypes: ["float32", "float32", "int32", "float32"],
  wasm(context, [grad, logProbs, target, weight], [out], { classes, inner, ignoreIndex }) {
    const pictures = target!.size / inner;
    context.parallel(
      lossModule,
      "crossEntropyGrad",
      pictures * Math.ceil(inner / COLUMNS),
      Math.ceil(PIECE / classes),
      grad!.ptr,
      logProbs!.ptr,
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
    const weighted = inputs.length > 3;
    const source = `function(g, x, t${weighted ? ", w" : ""}) {
      ${divide("this.thread.x", size, inner, "plane", "position")}
      ${divide("plane", size / inner, classes, "picture", "c")}
      ${integerLocal("r", `picture * ${inner}.0 + position`)}
      const y = t[r];
      ${integerLocal("k", "Math.max(y, 0.0)")}
      const factor = y === ${ignoreIndex}.0 ? 0.0 : g[r]${weighted ? " * w[k]" : ""};
      return factor * (Math.exp(x[this.thread.x]) - (y === c ? 1.0 : 0.0));
    }`;
    return { steps: [{ source, args: inputs.map((_, i): GpuArgument => `input${i}`), size }] };
  },
});
