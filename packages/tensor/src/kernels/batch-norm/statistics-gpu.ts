import type { GpuArgument, GpuStep } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { layoutOf } from "./layout.ts";
import type { RunningUpdateParams } from "./statistics.ts";
import { channelMean, channelSum, planeSum } from "./sums-gpu.ts";

export const channelStatisticsGpu: GpuHalf<void> = {
  gpu([x]) {
    const { n, c, inner } = layoutOf(x!.shape);
    const deviation = channelMean(n, c, false);
    const average = `${channelSum(n, c)} const average = sum / ${n * inner}.0;`;
    return {
      steps: [
        { source: `function(x) { ${planeSum(inner, "x[p]")} }`, args: ["input0"], size: n * c },
        { source: `function(s) { ${average} return average; }`, args: ["step0"], size: c },
        {
          source: `function(x, m) { ${planeSum(inner, "x[p] - mean", deviation)} }`,
          args: ["input0", "step1"],
          size: n * c,
        },
        { source: `function(s) { ${average} return average; }`, args: ["step2"], size: c },
        {
          source: `function(x, m) { ${planeSum(inner, "(x[p] - mean) * (x[p] - mean)", deviation)} }`,
          args: ["input0", "step1"],
          size: n * c,
        },
        {
          source: `function(s, r) { ${average} return average - r[this.thread.x] * r[this.thread.x]; }`,
          args: ["step4", "step3"],
          size: c,
        },
      ],
      outputs: [1, 5, 3],
    };
  },
};

export const runningUpdateGpu: GpuHalf<RunningUpdateParams> = {
  key: ({ momentum, runningMean, runningVar, count }) => `${momentum === null},${runningMean},${runningVar},${count}`,
  uniforms: ({ momentum, unbias }) => [momentum ?? 0, unbias],
  gpu(inputs, _, { momentum, runningMean, runningVar, count }) {
    let next = 2;
    const take = (present: boolean): GpuArgument | null => (present ? `input${next++}` : null);
    const [means, variances, seen] = [take(runningMean), take(runningVar), take(count)];
    const size = sizeOf(inputs[0]!.shape);
    const steps: GpuStep[] = [];
    const alpha =
      momentum === null
        ? { declare: "const alpha = 1.0 / (n[0] + 1.0);", names: ", n", args: [seen!] }
        : { declare: "const alpha = u[0];", names: "", args: [] };
    const move = (running: GpuArgument, batch: GpuArgument, factor: string): void => {
      steps.push({
        source: `function(r, b${alpha.names}, u) { ${alpha.declare} return (1.0 - alpha) * r[this.thread.x] + alpha * ${factor}b[this.thread.x]; }`,
        args: [running, batch, ...alpha.args, "uniforms"],
        size,
      });
    };
    if (means !== null) move(means, "input0", "");
    if (variances !== null) move(variances, "input1", "u[1] * ");
    if (seen !== null) steps.push({ source: "function(n) { return n[this.thread.x] + 1.0; }", args: [seen], size: 1 });
    return { steps, outputs: steps.map((_, i) => i) };
  },
};
