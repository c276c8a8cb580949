import { integerLocal } from "../devices/gpu/integer-local.ts";
import { append, type GpuArgument, type GpuStep, stepNumbers } from "../devices/gpu/program.ts";
import type { GpuHalf } from "../devices/kernel.ts";
import { sizeOf } from "../tensor/shape.ts";
import { divide } from "./lib/gpu-index.ts";
import type { NllParams } from "./loss.ts";
import { softmaxGpu } from "./softmax-gpu.ts";

export const nllGpu: GpuHalf<NllParams> = {
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
};

export const nllGradGpu: GpuHalf<NllParams> = {
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
};

export const crossEntropyGpu: GpuHalf<NllParams> = {
  gpu(inputs, [losses, logProbs], params) {
    const steps: GpuStep[] = [];
    const [, ...rest] = inputs.map((_, i): GpuArgument => `input${i}`);
    const made = append(steps, softmaxGpu.gpu!([inputs[0]!], [logProbs!], { dim: 1, logarithm: true }), ["input0"]);
    const picked = append(steps, nllGpu.gpu!([logProbs!, ...inputs.slice(1)], [losses!], params), [...made, ...rest]);
    return { steps, outputs: stepNumbers([...picked, ...made]) };
  },
};

export const crossEntropyGradGpu: GpuHalf<NllParams> = {
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
};
