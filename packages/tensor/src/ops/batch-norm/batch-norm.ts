import {
  checkBoolean,
  checkFit,
  checkFloat,
  checkNotNegative,
  checkOptionalTensor,
  checkPerChannel,
  checkSameDevice,
  type OptionRules,
  readOptions,
  showValue,
} from "../../checks/index.ts";
import {
  defineMultiOp,
  DTypeError,
  launch,
  launchOne,
  ShapeError,
  showShape,
  type Tensor,
  ValueError,
} from "../../core.ts";
import { normalizeKernel } from "../../kernels/batch-norm/normalize.ts";
import { channelStatisticsKernel, runningUpdateKernel } from "../../kernels/batch-norm/statistics.ts";
import { add, cast, mul, reshape } from "../basic.ts";
import { batchNormGrad } from "./batch-norm-grad.ts";
import { type BatchNormWatcher, batchNormWatchers } from "./batch-norm-watch.ts";

/** What `batchNorm` normalises with, and what it updates. */
export interface BatchNormArguments {
  /** Running means, `[c]`; updated in place while training. @default null */
  readonly runningMean?: Tensor | null;
  /** Running variances, `[c]`; updated in place, with the unbiased variance, while training. @default null */
  readonly runningVar?: Tensor | null;
  /** An int32 scalar that counts the batches; one more while training. @default null */
  readonly numBatchesTracked?: Tensor | null;
  /** Scale, `[c]`. @default null, for ones */
  readonly weight?: Tensor | null;
  /** Shift, `[c]`. @default null, for zeros */
  readonly bias?: Tensor | null;
  /** Whether batch statistics normalise and running ones are updated. @default false */
  readonly training?: boolean;
  /** The weight α of the new batch in `running = (1−α)·running + α·batch`; null for the average of all batches. @default 0.1 */
  readonly momentum?: number | null;
  /** Added to the variance. @default 1e-5 */
  readonly eps?: number;
}

interface BatchNormParams {
  readonly eps: number;
  readonly weight: boolean;
  readonly bias: boolean;
  /** Statistics to normalise with; null for the batch's. */
  readonly statistics: readonly [mean: Tensor, variance: Tensor] | null;
  readonly watchers: readonly BatchNormWatcher[];
}

const rules: OptionRules<BatchNormArguments> = {
  runningMean: [null, checkOptionalTensor],
  runningVar: [null, checkOptionalTensor],
  numBatchesTracked: [null, checkOptionalTensor],
  weight: [null, checkOptionalTensor],
  bias: [null, checkOptionalTensor],
  training: [false, checkBoolean],
  momentum: [0.1, checkMomentum],
  eps: [1e-5, checkNotNegative],
};

/** @throws ValueError naming `op` unless it is a weight of the new batch, or null. */
export function checkMomentum(op: string, name: string, momentum: unknown): void {
  if (momentum !== null && !Number.isFinite(momentum))
    throw new ValueError(`${op}: ${name} must be a finite number or null, got ${showValue(momentum)}`);
}

/**
 * Normalises each channel: `y = (x − μ)/√(σ² + eps)·weight + bias`.
 *
 * Batch statistics are used while training, or if there are no running ones; μ and the biased σ² are then over batch and
 * positions, and gradients flow through them. Otherwise the running statistics are constants. Running statistics follow
 * `x_new = (1−α)·x + α·x_t` with the **unbiased** variance, also inside `noGrad`.
 *
 * Shape: `x [n, c]` or `[n, c, d₁, …]` → the same. An empty batch gives an empty batch. int32 options become float32, except
 * that running statistics which are to be updated must be float32, and the count int32.
 *
 * @throws ShapeError if a shape does not fit, or if batch statistics are wanted of one value per channel.
 * @throws DTypeError unless `x` is float32, and so are running statistics that are to be updated.
 * @throws ValueError if `momentum` or `eps` is not a finite number, or a cumulative average has no count.
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export function batchNorm(x: Tensor, options: BatchNormArguments = {}): Tensor {
  return batchNormFor("batchNorm", x, options);
}

/** `batchNorm`, on behalf of a function or layer that errors shall name. */
export function batchNormFor(caller: string, x: Tensor, options: BatchNormArguments): Tensor {
  checkFloat(caller, x, "input");
  const read = readOptions(caller, options, rules);
  const { runningMean, runningVar, numBatchesTracked, weight, bias, training, eps } = read;
  checkFit(caller, x.rank >= 2, "an input of shape [n, c, …]", x.shape);
  const channels = x.shape[1]!;
  checkPerChannel(caller, x, { runningMean, runningVar, weight, bias });
  checkSameDevice(caller, [x, runningMean, runningVar, numBatchesTracked, weight, bias]);
  if (training) checkUpdatable(caller, read);
  const [scale, shift] = [weight && cast(weight, "float32"), bias && cast(bias, "float32")];
  if (x.size === 0) return ofNothing(x, scale, shift, training ? numBatchesTracked : null);
  const useBatch = training || runningMean === null || runningVar === null;
  const count = x.size / channels;
  if (useBatch && count === 1) {
    throw new ShapeError(
      `${caller}: Expected more than 1 value per channel when training, got input size ${showShape(x.shape)}`,
    );
  }
  const affine = { eps, weight: weight !== null, bias: bias !== null };
  const inputs = [x, ...(scale === null ? [] : [scale]), ...(shift === null ? [] : [shift])];
  const statistics = useBatch ? null : ([cast(runningMean, "float32"), cast(runningVar, "float32")] as const);
  const watchers = batchNormWatchers();
  const [y, mean, variance] = normalized(inputs, { ...affine, statistics, watchers });
  if (useBatch) for (const watcher of watchers) watcher.measured(mean!, variance!);
  if (training) updateRunning(caller, read, count, [mean!, variance!]);
  return y!;
}

/** @throws DTypeError or ShapeError naming a statistic that cannot be updated in place. */
function checkUpdatable(caller: string, read: Required<BatchNormArguments>): void {
  const { runningMean, runningVar, numBatchesTracked } = read;
  for (const [name, tensor] of Object.entries({ runningMean, runningVar }))
    if (tensor) checkFloat(caller, tensor, `${name} to update`);
  if (numBatchesTracked === null) return;
  const { dtype, shape, size } = numBatchesTracked;
  if (dtype !== "int32") throw new DTypeError(`${caller}: numBatchesTracked counts in int32, got a ${dtype} tensor`);
  if (size !== 1) throw new ShapeError(`${caller}: expected a scalar numBatchesTracked, got shape ${showShape(shape)}`);
}

/** An empty batch is counted, but moves no statistics, as in torch; gradients of weight and bias are zero. */
function ofNothing(x: Tensor, weight: Tensor | null, bias: Tensor | null, numBatchesTracked: Tensor | null): Tensor {
  if (numBatchesTracked !== null) numBatchesTracked.assign(add(numBatchesTracked, 1).detach());
  const channels = [1, -1, ...x.shape.slice(2).map(() => 1)];
  const scaled = weight === null ? x : mul(x, reshape(weight, channels));
  return bias === null ? scaled : add(scaled, reshape(bias, channels));
}

const normalized = defineMultiOp<readonly Tensor[], BatchNormParams>({
  name: "batchNorm",
  forward([x, ...affine], { statistics, eps, weight, bias }) {
    const perChannel = { shape: [x!.shape[1]!], dtype: "float32" } as const;
    const found = statistics ?? launch(channelStatisticsKernel, [x!], [perChannel, perChannel, perChannel], undefined);
    const optional = { eps, weight, bias, rest: statistics === null, residual: false, relu: false };
    const y = launchOne(normalizeKernel, [x!, ...found, ...affine], { shape: x!.shape, dtype: "float32" }, optional);
    return [y, ...found.map((tensor) => tensor.detach())];
  },
  vjp([grad], { inputs: [x, ...affine], outputs: [, ...found], params: { eps, weight, bias, statistics, watchers } }) {
    for (const watcher of watchers) watcher.differentiated();
    const [mean, variance, rest] = found.map((tensor) => tensor.detach());
    const constants = { eps, constant: statistics !== null, mean: mean!, variance: variance!, rest: rest ?? null };
    const [gradX, gradWeight, gradBias] = batchNormGrad(grad!, x!, weight ? affine[0]! : null, constants);
    return [gradX, ...(weight ? [gradWeight] : []), ...(bias ? [gradBias] : [])];
  },
});

function updateRunning(caller: string, read: Required<BatchNormArguments>, count: number, batch: Tensor[]): void {
  const { runningMean, runningVar, numBatchesTracked, momentum } = read;
  const inPlace = [runningMean, runningVar, numBatchesTracked].filter((tensor) => tensor !== null);
  if (inPlace.length === 0) return;
  if (momentum === null && numBatchesTracked === null) {
    throw new ValueError(`${caller}: momentum null averages all batches, which needs numBatchesTracked`);
  }
  const outputs = inPlace.map(({ shape, dtype }, i) => ({ shape, dtype, inPlaceOf: 2 + i }));
  launch(runningUpdateKernel, [...batch.map((each) => each.detach()), ...inPlace], outputs, {
    momentum,
    unbias: count / (count - 1),
    runningMean: runningMean !== null,
    runningVar: runningVar !== null,
    count: numBatchesTracked !== null,
  });
}
