import type { GpuArgument, GpuStep } from "../../devices/gpu/program.ts";
import { defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { channelMean, channelSum, layoutOf, planeSum, planesPerPiece } from "./layout.ts";

/** Input x. Outputs: mean and biased variance of each channel, and the rest that the mean lost by rounding. */
export const channelStatisticsKernel: Kernel = defineKernel<void>({
  name: "channelStatistics",
  wasm(context, [x], [mean, variance, rest]) {
    const { n, c, inner } = layoutOf(x!.shape);
    context.parallel(
      batchNormModule,
      "statistics",
      c,
      planesPerPiece(n * inner),
      x!.ptr,
      n,
      c,
      inner,
      mean!.ptr,
      variance!.ptr,
      rest!.ptr,
    );
  },
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
});

/** How running statistics move. */
export interface RunningUpdateParams {
  /** Weight of the new batch; null for the average of all batches, which needs the count. */
  readonly momentum: number | null;
  /** N/(N − 1): running variances are unbiased. */
  readonly unbias: number;
  readonly runningMean: boolean;
  readonly runningVar: boolean;
  readonly count: boolean;
}

/** Inputs: batch mean and variance, then running mean, running variance and the count where there are any, in place. */
export const runningUpdateKernel: Kernel<RunningUpdateParams> = defineKernel<RunningUpdateParams>({
  name: "runningStatistics",
  dtypes: ({ runningMean, runningVar }) => [
    ...Array.from({ length: 2 + Number(runningMean) + Number(runningVar) }, () => "float32" as const),
    "int32",
  ],
  wasm(context: WasmContext, inputs, _, { momentum, unbias, runningMean, runningVar, count }) {
    let next = 2;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [means, variances, seen] = [take(runningMean), take(runningVar), take(count)];
    context.call(
      batchNormModule,
      "updateRunning",
      inputs[0]!.size,
      means,
      variances,
      inputs[0]!.ptr,
      inputs[1]!.ptr,
      seen,
      momentum ?? 0,
      momentum === null ? 1 : 0,
      unbias,
    );
  },
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
});
