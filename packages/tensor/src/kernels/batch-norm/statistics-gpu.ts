import { type GpuArgument, optionalInputs, ProgramSteps } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { layoutOf } from "./layout.ts";
import type { RunningUpdateParams } from "./statistics.ts";
import { channelMean, channelSum, planeSum } from "./sums-gpu.ts";

export const channelStatistics: GpuHalf<void> = {
  gpu([input]) {
    const { n, c, inner } = layoutOf(input!.shape);
    const steps = new ProgramSteps();
    /** The average over a channel of terms that may take the `mean` off, less a square. */
    const average = (m: GpuArgument | undefined, term: string, r?: GpuArgument): GpuArgument => {
      const before = m && channelMean(n, c, false);
      const s = steps.add(n * c, { x: "input0", m }, planeSum(inner, term, before));
      const square = r ? " - r[this.thread.x] * r[this.thread.x]" : "";
      return steps.add(c, { s, r }, `${channelSum(n, c)} return sum / ${n * inner}.0${square};`);
    };
    const mean = average(undefined, "x[p]");
    const rest = average(mean, "x[p] - mean");
    const variance = average(mean, "(x[p] - mean) * (x[p] - mean)", rest);
    return steps.program(mean, variance, rest);
  },
};

export const runningStatistics: GpuHalf<RunningUpdateParams> = {
  key: ({ momentum, runningMean, runningVar, count }) => `${momentum === null},${runningMean},${runningVar},${count}`,
  uniforms: ({ momentum, unbias }) => [momentum ?? 0, unbias],
  gpu(inputs, _, { momentum, runningMean, runningVar, count }) {
    const { means, variances, n } = optionalInputs(2, { means: runningMean, variances: runningVar, n: count });
    const steps = new ProgramSteps();
    const made: GpuArgument[] = [];
    const alpha = momentum === null ? "1.0 / (n[0] + 1.0)" : "u[0]";
    const move = (r: GpuArgument | undefined, b: GpuArgument, factor: string): void => {
      if (r === undefined) return;
      const body = `const alpha = ${alpha}; return (1.0 - alpha) * r[this.thread.x] + alpha * ${factor}b[this.thread.x];`;
      const bound = { r, b, n: momentum === null ? n : undefined, u: "uniforms" } as const;
      made.push(steps.add(sizeOf(inputs[0]!.shape), bound, body));
    };
    move(means, "input0", "");
    move(variances, "input1", "u[1] * ");
    if (n !== undefined) made.push(steps.add(1, { n }, "return n[this.thread.x] + 1.0;"));
    return steps.program(...made);
  },
};
