import { defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { layoutOf, planesPerPiece } from "./layout.ts";

/** Input x. Outputs: mean and biased variance of each channel, and the rest that the mean lost by rounding. */
export const channelStatisticsKernel: Kernel = defineKernel<void>({
  name: "channelStatistics",
  gpuHalf: "channelStatistics",
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
      context.scratchPerThread(144),
    );
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
  gpuHalf: "runningStatistics",
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
});
