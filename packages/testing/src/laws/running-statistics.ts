import { Tensor, fromHost } from "@tapegrad/tensor";
import { showShape, showValue } from "@tapegrad/tensor/internal";
import fc from "fast-check";
import { type BatchNormConfiguration, batchNormConfigurations } from "../arbitraries/batch-norm.ts";
import { gridValues } from "../arbitraries/tensors.ts";
import { checkMembers } from "./check-members.ts";

/** What the law needs of a batch norm: the fields of PyTorch's BatchNorm in camelCase. */
export interface BatchNormLike {
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
  readonly numBatchesTracked: Tensor | null;
  /** Switches to train mode. */
  train(): unknown;
  /** Switches to eval mode. */
  eval(): unknown;
  /** `[n, c, h, w] → [n, c, h, w]`. */
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
 * A complaint names the batch, the statistic and the channel, and the mistake if it is a common one.
 *
 * @param make makes a fresh batch norm of a configuration.
 */
export function runningStatisticsLaw(
  make: (configuration: BatchNormConfiguration) => BatchNormLike,
): fc.IProperty<[BatchNormRun]> {
  return fc.property(batchNormRuns(), ({ configuration, batches }) => {
    const { features, momentum, batchShapes } = configuration;
    const norm = make(configuration);
    checkMembers("runningStatisticsLaw", norm, ["train", "eval", "forward"]);
    const running = { mean: new Array<number>(features).fill(0), variance: new Array<number>(features).fill(1) };
    for (const [t, values] of batches.entries()) {
      const shape = batchShapes[t]!;
      const x = (): Tensor => fromHost(Float32Array.from(values), shape);
      norm.train();
      norm.forward(x());
      const alpha = momentum ?? 1 / (t + 1);
      const steps = momentsOf(values, shape).map((batch, c) => stepOf(batch, running, c, alpha));
      running.mean = steps.map(({ mean }) => mean.expected);
      running.variance = steps.map(({ variance }) => variance.expected);
      const at = `batch ${t + 1} of ${batches.length}, ${showShape(shape)} with momentum ${momentum}`;
      expectStatistics(norm, steps, t + 1, `after ${at}`);
      norm.eval();
      norm.forward(x());
      const kept = steps.map(({ mean, variance }) => ({ mean: settled(mean), variance: settled(variance) }));
      expectStatistics(norm, kept, t + 1, `after a forward pass in eval mode that followed ${at}`);
    }
  });
}

/** What one statistic of one channel must be after a batch, and what it is after common mistakes. */
interface Step {
  readonly expected: number;
  readonly mistakes: Readonly<Record<string, number>>;
}

/** What a statistic must still be where nothing may move it. */
function settled({ expected }: Step): Step {
  return { expected, mistakes: {} };
}

function stepOf(
  batch: Moments,
  running: { readonly mean: readonly number[]; readonly variance: readonly number[] },
  c: number,
  alpha: number,
): { readonly mean: Step; readonly variance: Step } {
  const [mean, variance] = [running.mean[c]!, running.variance[c]!];
  const next = (old: number, value: number, weight = alpha): number => (1 - weight) * old + weight * value;
  const mistakes = (old: number, value: number): Record<string, number> => ({
    "it did not move": old,
    "momentum were the weight of the old value": next(old, value, 1 - alpha),
    "the batch before were forgotten": value,
  });
  return {
    mean: { expected: next(mean, batch.mean), mistakes: mistakes(mean, batch.mean) },
    variance: {
      expected: next(variance, batch.unbiased),
      mistakes: {
        "the variance of the batch were biased": next(variance, batch.biased),
        ...mistakes(variance, batch.unbiased),
        "the deviation stood for the variance": next(variance, Math.sqrt(batch.unbiased)),
      },
    },
  };
}

function expectStatistics(
  norm: BatchNormLike,
  steps: readonly { readonly mean: Step; readonly variance: Step }[],
  batches: number,
  when: string,
): void {
  expectStatistic(
    "runningMean",
    norm,
    steps.map(({ mean }) => mean),
    when,
  );
  expectStatistic(
    "runningVar",
    norm,
    steps.map(({ variance }) => variance),
    when,
  );
  const count = statisticOf("numBatchesTracked", norm)[0];
  if (count !== batches) throw new Error(`${when}, numBatchesTracked is ${count}, expected ${batches}`);
}

function expectStatistic(
  name: "runningMean" | "runningVar",
  norm: BatchNormLike,
  steps: readonly Step[],
  when: string,
): void {
  const found = statisticOf(name, norm);
  if (found.length !== steps.length)
    throw new Error(`${when}, ${name} has ${found.length} values, expected one for each of ${steps.length} channels`);
  for (const [c, { expected, mistakes }] of steps.entries()) {
    const got = found[c]!;
    if (isNear(got, expected)) continue;
    const [mistake] = Object.entries(mistakes).find(([, value]) => isNear(got, value)) ?? [];
    const other = steps.findIndex((step) => isNear(got, step.expected));
    const hint = mistake ? `, as if ${mistake}` : other < 0 ? "" : `, which is that of channel ${other}`;
    throw new Error(`${when}, ${name} of channel ${c} is ${got}, expected ${Math.fround(expected)}${hint}`);
  }
}

function isNear(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 1e-5 + 1e-5 * Math.abs(expected);
}

/** @throws Error naming the statistic if the batch norm lacks it. */
function statisticOf(name: "runningMean" | "runningVar" | "numBatchesTracked", norm: BatchNormLike): ArrayLike<number> {
  const statistic: Tensor | null | undefined = norm[name];
  if (statistic === null) throw new Error(`runningStatisticsLaw: ${name} is null: the batch norm tracks no statistics`);
  if (!(statistic instanceof Tensor))
    throw new Error(`runningStatisticsLaw: expected a batch norm with a tensor ${name}, got ${showValue(statistic)}`);
  return statistic.dataSync();
}

interface Moments {
  readonly mean: number;
  readonly biased: number;
  readonly unbiased: number;
}

/** Mean and variances of each channel of `[n, c, h, w]`, in two passes in double precision. */
function momentsOf(
  values: readonly number[],
  [n, channels, h, w]: readonly [number, number, number, number],
): readonly Moments[] {
  const plane = h * w;
  return Array.from({ length: channels }, (_, c) => {
    const own: number[] = [];
    for (let i = 0; i < n; i++) for (let k = 0; k < plane; k++) own.push(values[(i * channels + c) * plane + k]!);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const squares = own.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    return { mean, biased: squares / own.length, unbiased: squares / (own.length - 1) };
  });
}
