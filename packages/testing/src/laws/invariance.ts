import { fromHost, type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { type BatchNormConfiguration, batchNormConfigurations } from "../arbitraries/batch-norm.ts";
import { gridValues } from "../arbitraries/tensors.ts";
import { expectNear } from "./near.ts";

/** What the law needs of a normalisation. */
export interface Normalization {
  /** Switches to train mode. */
  train(): unknown;
  /** Normalises. */
  forward(x: Tensor): Tensor;
}

/** A batch, and how its channels are scaled and shifted. */
export interface ScaledBatch {
  readonly configuration: BatchNormConfiguration;
  readonly values: readonly number[];
  /** Powers of two, some of them negative; one for each channel. */
  readonly scales: readonly number[];
  readonly shifts: readonly number[];
}

/**
 * The law that batch norm in train mode does not see scale and shift of a channel: `f(a·x + b) = sign(a)·f(x)`.
 *
 * With `eps` it holds exactly where `a²·eps` takes the place of `eps`; therefore one magnitude of `a` is drawn for all channels,
 * and `make` is called with two configurations that differ in `eps`. The layer must be as it is when new: weight 1, bias 0.
 *
 * The tolerance is what float32 loses where a channel's values are large beside their deviation.
 *
 * @param make makes a fresh batch norm of a configuration.
 */
export function scaleAndShiftInvariance(
  make: (configuration: BatchNormConfiguration) => Normalization,
): fc.IProperty<[ScaledBatch]> {
  return fc.property(scaledBatches(), ({ configuration, values, scales, shifts }) => {
    const shape = configuration.batchShapes[0]!;
    const channel = (i: number): number => Math.floor(i / (shape[2] * shape[3])) % shape[1];
    const moved = values.map((value, i) => scales[channel(i)]! * value + shifts[channel(i)]!);
    const eps = configuration.eps * scales[0]! ** 2;
    const plain = output(make(configuration), values, shape);
    const actual = output(make({ ...configuration, eps }), moved, shape);
    const expected = Float64Array.from(plain, (value, i) => Math.sign(scales[channel(i)]!) * value);
    const atol = 2 ** -21 * Math.max(condition(moved, eps), condition(values, configuration.eps));
    const complaint = `scaling the channels by ${scales.join(", ")} and shifting them by ${shifts.join(", ")} shows`;
    expectNear(actual, expected, atol, complaint);
  });
}

function scaledBatches(): fc.Arbitrary<ScaledBatch> {
  return batchNormConfigurations({ maxBatches: 1 }).chain((configuration) => {
    const { features, batchShapes } = configuration;
    const each = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
      fc.array(arbitrary, { minLength: features, maxLength: features });
    return fc
      .record({
        values: gridValues(sizeOf(batchShapes[0]!)),
        exponent: fc.integer({ min: -2, max: 3 }),
        signs: each(fc.constantFrom(1, -1)),
        shifts: each(fc.integer({ min: -8, max: 8 })),
      })
      .map(({ values, exponent, signs, shifts }) => ({
        configuration,
        values,
        scales: signs.map((sign) => sign * 2 ** exponent),
        shifts,
      }));
  });
}

/** By how much a rounding error of a value, relative to the largest, may grow: at most `largest / √eps`. */
function condition(values: readonly number[], eps: number): number {
  return Math.max(1, ...values.map(Math.abs)) / Math.sqrt(eps);
}

function output(norm: Normalization, values: readonly number[], shape: Shape): ArrayLike<number> {
  norm.train();
  return norm.forward(fromHost(Float32Array.from(values), shape)).dataSync();
}
