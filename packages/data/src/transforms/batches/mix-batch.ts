import { DTypeError, ShapeError, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkInteger, checkNumber, checkTensor, readOptions, showShape, showValue } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { mul } from "@tapegrad/tensor/ops/mul";
import { oneHot } from "@tapegrad/tensor/ops/one-hot";
import { roll } from "@tapegrad/tensor/ops/roll";
import type { Batch } from "../../datasets/dataset.ts";

/** How batches are mixed. */
export interface MixOptions {
  /** How many classes there are: targets become probabilities of them. */
  readonly numClasses: number;
  /** Of the beta distribution that the share is drawn from: 1 makes all shares equally probable, less mixes less. @default 1 */
  readonly alpha?: number;
}

/** @throws ValueError naming `op` unless there is a number of classes and `alpha` is a number above 0. */
export function readMixOptions(op: string, options: MixOptions): Required<MixOptions> {
  const read = readOptions<MixOptions>(op, options, { numClasses: [], alpha: [1, checkNumber] });
  checkInteger(op, "numClasses", read.numClasses, 1);
  if (!(Number.isFinite(read.alpha) && read.alpha > 0))
    throw new ValueError(`${op}: alpha must be above 0, got ${showValue(read.alpha)}`);
  return read;
}

/** `λ·x + (1 − λ)·y`, where `y` are the rows of `x` each one further, the last first. */
export function mixRows(x: Tensor, share: number): Tensor {
  return add(mul(x, share), mul(roll(x, 1, 0), 1 - share));
}

/**
 * The probabilities of the classes, for classes or for probabilities.
 *
 * @throws ShapeError or DTypeError naming `op`, if targets are neither int32 `[n]` nor float32 `[n, numClasses]`.
 * @throws IndexError if a class is not in [0, numClasses).
 */
export function softTargets(op: string, targets: Tensor, numClasses: number): Tensor {
  checkTensor(op, targets, "targets");
  if (targets.rank === 1 && targets.dtype === "int32") return oneHot(targets, numClasses);
  if (targets.rank === 2 && targets.dtype === "float32" && targets.shape[1] === numClasses) return targets;
  const found = `${targets.dtype} ${showShape(targets.shape)}`;
  const message = `${op}: targets must be int32 classes [n] or float32 probabilities [n, ${numClasses}], got ${found}`;
  throw targets.rank > 2 || targets.rank === 0 ? new ShapeError(message) : new DTypeError(message);
}

/** @throws ValueError, DTypeError or ShapeError naming `op` unless it is a batch of float32 inputs `[n, …]` with at least `rank` axes. */
export function checkBatch(op: string, batch: unknown, rank: number): asserts batch is Batch {
  const { inputs, targets } = Object(batch) as Partial<Batch>;
  if (inputs === undefined || targets === undefined)
    throw new ValueError(`${op}: expected a batch { inputs, targets }, got ${showValue(batch)}`);
  checkTensor(op, inputs, "inputs");
  if (inputs.dtype !== "float32") throw new DTypeError(`${op}: inputs must be float32, got ${inputs.dtype}`);
  if (inputs.rank < rank)
    throw new ShapeError(`${op}: inputs must have at least ${rank} axes, got ${showShape(inputs.shape)}`);
}
