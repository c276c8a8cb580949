import { integerLocal } from "../../devices/gpu/integer-local.ts";
import type { GpuArgument, GpuStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import type { BatchNormGradParams } from "./grad.ts";
import { layoutOf } from "./layout.ts";
import { channelMean, channelSum, planeSum } from "./sums-gpu.ts";

export const batchNormGradGpu: GpuHalf<BatchNormGradParams> = {
  key: ({ constant, rest, weight, relu }) => `${constant},${rest},${weight},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { constant, rest, weight, relu }) {
    const { n, c, inner } = layoutOf(inputs[1]!.shape);
    let next = 4;
    const take = (present: boolean): GpuArgument[] => (present ? [`input${next++}`] : []);
    const [lost, weights, results] = [take(rest), take(weight), take(relu)];
    const gradient = relu ? "(y[p] <= 0.0 ? 0.0 : g[p])" : "g[p]";
    const y = relu ? ", y" : "";
    const steps: GpuStep[] = [
      // Σ g
      { source: `function(g${y}) { ${planeSum(inner, gradient)} }`, args: ["input0", ...results], size: n * c },
      { source: `function(s) { ${channelSum(n, c)} return sum; }`, args: ["step0"], size: c },
      // The mean as it is used: deviations are taken from it, and then from its rest.
      {
        source: `function(g, x, m${rest ? ", d" : ""}${y}) { ${planeSum(inner, `${gradient} * (x[p] - mean${rest ? " - lost" : ""})`, channelMean(n, c, rest))} }`,
        args: ["input0", "input1", "input2", ...lost, ...results],
        size: n * c,
      },
      // Σ g·x̂
      {
        source: `function(s, v, u) { ${channelSum(n, c)} return sum / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["step2", "input3", "uniforms"],
        size: c,
      },
      // dx = factor·g + slope·(x − mean) + shift, with a factor, slope and shift for each channel.
      {
        source: `function(v${weight ? ", w" : ""}, u) { return ${weight ? "w[this.thread.x]" : "1.0"} / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["input3", ...weights, "uniforms"],
        size: c,
      },
    ];
    const at = integerLocal("p", `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`);
    if (constant) {
      const source = `function(g, f${y}) { ${at} return f[this.thread.y] * ${gradient}; }`;
      steps.push({ source, args: ["input0", "step4", ...results], size: [inner, c, n] });
    } else {
      steps.push({
        source: `function(f, s, v, u) { return -f[this.thread.x] * s[this.thread.x] / ${n * inner}.0 / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["step4", "step3", "input3", "uniforms"],
        size: c,
      });
      steps.push({
        source: `function(f, s${rest ? ", a, d" : ""}) { return -f[this.thread.x] * s[this.thread.x] / ${n * inner}.0${rest ? " - a[this.thread.x] * d[this.thread.x]" : ""}; }`,
        args: ["step4", "step1", ...(rest ? (["step5", ...lost] as const) : [])],
        size: c,
      });
      const source = `function(g, x, m, f, a, b${y}) {
        ${at}
        return f[this.thread.y] * ${gradient} + a[this.thread.y] * (x[p] - m[this.thread.y]) + b[this.thread.y];
      }`;
      steps.push({
        source,
        args: ["input0", "input1", "input2", "step4", "step5", "step6", ...results],
        size: [inner, c, n],
      });
    }
    return { steps, outputs: [steps.length - 1, 3, 1] };
  },
};
