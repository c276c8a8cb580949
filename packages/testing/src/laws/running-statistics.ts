import fc from "fast-check";
import { fromHost } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
import { batchNormConfigurations } from "../arbitraries/batch-norm.ts";
import type { BatchNormConfiguration } from "../arbitraries/batch-norm.ts";
import { gridValues } from "../arbitraries/tensors.ts";
import { expectClose } from "../expect-close.ts";

/** What the law needs of a batch norm: the fields of PyTorch's BatchNorm in camelCase. */
export interface BatchNormLike {
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  readonly numBatchesTracked: Tensor | null;
  train(): unknown;
  eval(): unknown;
  forward(x: Tensor): Tensor;
}

/** A configuration and the values of its batches. */
export interface BatchNormRun {
  readonly configuration: BatchNormConfiguration;
  readonly batches: readonly (readonly number[])[];
}

/** Random configurations with random batches on a grid, shifted by a random mean. */
export function batchNormRuns(): fc.Arbitrary<BatchNormRun> {
  return batchNormConfigurations().chain((configuration) =>
    fc.record({
      configuration: fc.constant(configuration),
      batches: fc.tuple(
        ...configuration.batchShapes.map((shape) =>
          fc
            .tuple(
              gridValues(shape.reduce((product, extent) => product * extent, 1)),
              fc.integer({ min: -20, max: 20 }),
            )
            .map(([values, mean]) => values.map((value) => value + mean)),
        ),
      ),
    }),
  );
}

/**
 * The law of running statistics: after every batch seen while training, `x_new = (1 − α)·x + α·x_t` with the batch's
 * mean and **unbiased** variance, where α is the momentum, or 1/(number of batches) for momentum null; and the number
 * of batches counts up by one. Between the batches, an eval-mode forward changes nothing.
 *
 * @param make makes a fresh batch norm of a configuration.
 */
export function runningStatisticsLaw(
  make: (configuration: BatchNormConfiguration) => BatchNormLike,
): fc.IProperty<[BatchNormRun]> {
  return fc.property(batchNormRuns(), ({ configuration, batches }) => {
    const { features, momentum, batchShapes } = configuration;
    const norm = make(configuration);
    let mean = new Array<number>(features).fill(0);
    let variance = new Array<number>(features).fill(1);
    for (const [t, values] of batches.entries()) {
      const shape = batchShapes[t]!;
      const x = (): Tensor => fromHost(Float32Array.from(values), shape);
      norm.train();
      norm.forward(x());
      const alpha = momentum ?? 1 / (t + 1);
      const moments = momentsOf(values, shape);
      mean = mean.map((old, c) => (1 - alpha) * old + alpha * moments[c]!.mean);
      variance = variance.map((old, c) => (1 - alpha) * old + alpha * moments[c]!.unbiasedVariance);
      expectStatistics(norm, mean, variance, t + 1);
      norm.eval();
      norm.forward(x());
      expectStatistics(norm, mean, variance, t + 1);
    }
  });
}

function expectStatistics(
  norm: BatchNormLike,
  mean: readonly number[],
  variance: readonly number[],
  batches: number,
): void {
  const { runningMean, runningVar, numBatchesTracked } = norm;
  if (runningMean === null || runningVar === null || numBatchesTracked === null) {
    throw new Error("runningStatisticsLaw: the batch norm does not track running statistics");
  }
  expectClose(runningMean, mean, { rtol: 1e-5, atol: 1e-5 });
  expectClose(runningVar, variance, { rtol: 1e-5, atol: 1e-5 });
  expectClose(numBatchesTracked, [batches], { rtol: 0, atol: 0 });
}

/** Mean and unbiased variance of each channel of `[n, c, h, w]`, in two passes in double precision. */
function momentsOf(
  values: readonly number[],
  [n, channels, h, w]: readonly [number, number, number, number],
): { readonly mean: number; readonly unbiasedVariance: number }[] {
  const plane = h * w;
  return Array.from({ length: channels }, (_, c) => {
    const own: number[] = [];
    for (let i = 0; i < n; i++) for (let k = 0; k < plane; k++) own.push(values[(i * channels + c) * plane + k]!);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { mean, unbiasedVariance: squares / (own.length - 1) };
  });
}
