import { optionalInputs, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { layoutOf } from "./layout.ts";
import type { NormalizeParams } from "./normalize.ts";
import { channelFactor } from "./sums-gpu.ts";

export const batchNorm: GpuHalf<NormalizeParams> = {
  key: ({ rest, weight, bias, residual, relu }) => `${rest},${weight},${bias},${residual},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { rest, weight, bias, residual, relu }) {
    const { n, c, inner } = layoutOf(inputs[0]!.shape);
    const { d, w, b, r } = optionalInputs(3, { d: rest, w: weight, b: bias, r: residual });
    const at = `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`;
    const steps = new ProgramSteps();
    const s = steps.add(c, { v: "input2", w, u: "uniforms" }, channelFactor(weight));
    const normalized =
      `(x[${at}] - m[this.thread.y]${rest ? " - d[this.thread.y]" : ""}) * s[this.thread.y]` +
      `${bias ? " + b[this.thread.y]" : ""}${residual ? ` + r[${at}]` : ""}`;
    const body = `const y = ${normalized};\nreturn ${relu ? "y <= 0.0 ? 0.0 : y" : "y"};`;
    return steps.program(steps.add([inner, c, n], { x: "input0", m: "input1", s, d, b, r }, body));
  },
};
