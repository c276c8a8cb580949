import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import type { WasmContext } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { addressesOf, optionalAddresses } from "../lib/addresses.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import { layoutOf, unitsOf } from "./layout.ts";

/** Input x. Outputs: mean and biased variance of each channel, and the rest that the mean lost by rounding. */
export const channelStatisticsKernel: Kernel = /* @__PURE__ */ defineWasmHalf({
  name: "channelStatistics",
  wasm(context, [x], [mean, variance, rest]) {
    const layout = layoutOf(x!.shape);
    const { n, c, inner } = layout;
    const { together, groups, units, values } = unitsOf(layout);
    const grain = planesPerPiece(values);
    const [origins, sums] = [context.scratch(4 * c), context.scratch(16 * units)];
    const lanes = context.scratchPerThread(128);
    const read = [x!.ptr, n, c, inner] as const;
    const made = addressesOf(mean, variance, rest);
    context.call(batchNormModule, "planeMeans", c, x!.ptr, inner, origins, lanes);
    context.parallel(batchNormModule, "deviations", units, grain, ...read, together, origins, sums, lanes);
    context.call(batchNormModule, "statistics", ...read, groups, origins, sums, ...made);
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
export const runningUpdateKernel: Kernel<RunningUpdateParams> = /* @__PURE__ */ defineWasmHalf({
  name: "runningStatistics",
  dtypes: ({ runningMean, runningVar }) => [
    ...Array.from({ length: 2 + Number(runningMean) + Number(runningVar) }, () => "float32" as const),
    "int32",
  ],
  wasm(context: WasmContext, inputs, _, { momentum, unbias, runningMean, runningVar, count }) {
    const [mean, variance] = inputs;
    const [means, variances, seen] = optionalAddresses(inputs, 2, runningMean, runningVar, count);
    const operands = [means, variances, ...addressesOf(mean, variance), seen] as const;
    const weights = [momentum ?? 0, Number(momentum === null), unbias] as const;
    context.call(batchNormModule, "updateRunning", mean!.size, ...operands, ...weights);
  },
});
