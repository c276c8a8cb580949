import { integerLocal } from "../../devices/gpu/integer-local.ts";
import { optionalInputs, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import type { BatchNormGradParams } from "./grad.ts";
import { layoutOf } from "./layout.ts";
import { channelFactor, channelMean, channelSum, planeSum } from "./sums-gpu.ts";

export const batchNormGrad: GpuHalf<BatchNormGradParams> = {
  key: ({ constant, rest, weight, relu }) => `${constant},${rest},${weight},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { constant, rest, weight, relu }) {
    const { n, c, inner } = layoutOf(inputs[1]!.shape);
    const [g, x, m, v, u] = ["input0", "input1", "input2", "input3", "uniforms"] as const;
    const { d, w, y } = optionalInputs(4, { d: rest, w: weight, y: relu });
    const gradient = relu ? "(y[p] <= 0.0 ? 0.0 : g[p])" : "g[p]";
    const perDeviation = "/ Math.sqrt(v[this.thread.x] + u[0])";
    const steps = new ProgramSteps();
    const sums = steps.add(n * c, { g, y }, planeSum(inner, gradient));
    const gradBias = steps.add(c, { s: sums }, `${channelSum(n, c)} return sum;`);
    // The mean as it is used: deviations are taken from it, and then from its rest.
    const product = `${gradient} * (x[p] - mean${rest ? " - lost" : ""})`;
    const products = steps.add(n * c, { g, x, m, d, y }, planeSum(inner, product, channelMean(n, c, rest)));
    // Σ g·x̂
    const gradWeight = steps.add(c, { s: products, v, u }, `${channelSum(n, c)} return sum ${perDeviation};`);
    // dx = factor·g + slope·(x − mean) + shift, with a factor, slope and shift for each channel.
    const f = steps.add(c, { v, w, u }, channelFactor(weight));
    const at = integerLocal("p", `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`);
    const scaled = `${at} return f[this.thread.y] * ${gradient}`;
    if (constant) {
      const dx = steps.add([inner, c, n], { g, f, y }, `${scaled};`);
      return steps.program(dx, gradWeight, gradBias);
    }
    const part = `return -f[this.thread.x] * s[this.thread.x] / ${n * inner}.0`;
    const a = steps.add(c, { f, s: gradWeight, v, u }, `${part} ${perDeviation};`);
    const ofRest = rest ? " - a[this.thread.x] * d[this.thread.x]" : "";
    const b = steps.add(c, { f, s: gradBias, a: rest ? a : undefined, d }, `${part}${ofRest};`);
    const body = `${scaled} + a[this.thread.y] * (x[p] - m[this.thread.y]) + b[this.thread.y];`;
    const dx = steps.add([inner, c, n], { g, x, m, f, a, b, y }, body);
    return steps.program(dx, gradWeight, gradBias);
  },
};
