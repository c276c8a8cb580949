import { integerLocal } from "../devices/gpu/integer-local.ts";
import { inputNames, optionalInputs, ProgramSteps, singleStep } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";
import type { NllParams } from "./loss.ts";
import { softmax } from "./softmax-gpu.ts";

export const nll: GpuHalf<NllParams> = {
  gpu(inputs, [out], { classes, inner, ignoreIndex }) {
    const size = sizeOf(out!.shape);
    const { w } = optionalInputs(2, { w: inputs.length > 2 });
    const body = `${divide("this.thread.x", size, inner, "picture", "position")}
      const y = t[this.thread.x];
      ${integerLocal("k", "Math.max(y, 0.0)")}
      ${integerLocal("p", `(picture * ${classes}.0 + k) * ${inner}.0 + position`)}
      return y === ${ignoreIndex}.0 ? 0.0 : -x[p]${w ? " * w[k]" : ""};`;
    return singleStep(size, { x: "input0", t: "input1", w }, body);
  },
};

export const nllGrad: GpuHalf<NllParams> = {
  gpu(inputs, [out], { classes, inner, ignoreIndex }) {
    const size = sizeOf(out!.shape);
    const { w } = optionalInputs(2, { w: inputs.length > 2 });
    const body = `${rowAndClass(size, classes, inner)}
      ${integerLocal("k", "c")}
      return t[r] === c ? (c === ${ignoreIndex}.0 ? 0.0 : -g[r]${w ? " * w[k]" : ""}) : 0.0;`;
    return singleStep(size, { g: "input0", t: "input1", w }, body);
  },
};

export const crossEntropy: GpuHalf<NllParams> = {
  gpu(inputs, [losses, logProbs], params) {
    const steps = new ProgramSteps();
    const [, ...rest] = inputNames(inputs);
    const made = steps.append(softmax.gpu!([inputs[0]!], [logProbs!], { dim: 1, logarithm: true }), ["input0"]);
    const picked = steps.append(nll.gpu!([logProbs!, ...inputs.slice(1)], [losses!], params), [...made, ...rest]);
    return steps.program(...picked, ...made);
  },
};

export const crossEntropyGrad: GpuHalf<NllParams> = {
  gpu(inputs, [out], { classes, inner, ignoreIndex }) {
    const size = sizeOf(out!.shape);
    const { w } = optionalInputs(3, { w: inputs.length > 3 });
    const body = `${rowAndClass(size, classes, inner)}
      const y = t[r];
      ${integerLocal("k", "Math.max(y, 0.0)")}
      const factor = y === ${ignoreIndex}.0 ? 0.0 : g[r]${w ? " * w[k]" : ""};
      return factor * (Math.exp(x[this.thread.x]) - (y === c ? 1.0 : 0.0));`;
    return singleStep(size, { g: "input0", x: "input1", t: "input2", w }, body);
  },
};

/** gpu.js statements that declare the row `r` and the class `c` of the output index. */
function rowAndClass(size: number, classes: number, inner: number): string {
  return `${divide("this.thread.x", size, inner, "plane", "position")}
      ${divide("plane", size / inner, classes, "picture", "c")}
      ${integerLocal("r", `picture * ${inner}.0 + position`)}`;
}
