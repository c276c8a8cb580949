import { checkBoolean, checkFloat, checkProbability, checkTensor, readOptions } from "../../checks/index.ts";
import { defineMultiOp, launchOne, type Shape, type Tensor } from "../../core.ts";
import { keepMaskKernel, type KeepMaskParams } from "../../kernels/random.ts";
import { checkGenerator, defaultGenerator, type Generator } from "../../tensor/random.ts";
import { mul } from "../basic.ts";
import { broadcastOperands } from "../internal/broadcast-operands.ts";

/** Options of dropout. */
export interface DropoutOptions {
  /** Whether anything is dropped; else the result is `x` itself. @default true */
  readonly training?: boolean;
  /** @default the generator that `manualSeed` seeds */
  readonly generator?: Generator;
}

/**
 * Sets each element to 0 with probability `p` and scales the others by `1/(1 − p)`, so that the mean stays.
 *
 * With `p` 1 everything is 0, and so is the gradient. With `p` 0, or when not training, the result is `x` itself.
 *
 * @throws ValueError if `p` is not in [0, 1]. @throws DTypeError unless `x` is float32.
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, p = 0.5, options: DropoutOptions = {}): Tensor {
  checkTensor("dropout", x);
  return maskedBy("dropout", x, p, x.shape, options);
}

/**
 * Dropout with a given mask: `x · keep / (1 − p)`, where `keep` is 1 for what stays and 0 for what is dropped.
 *
 * `keep` is broadcast, and takes no gradient.
 */
export function applyKeepMask(x: Tensor, keep: Tensor, p: number): Tensor {
  broadcastOperands("applyKeepMask", { x, keep });
  checkProbability("applyKeepMask", "p", p);
  return mul(x, mul(keep.detach(), scaleOf(p)));
}

/** Dropout with one draw for each element of `maskShape`, which is broadcast to `x`. */
export function maskedBy(op: string, x: Tensor, p: number, maskShape: Shape, options: DropoutOptions): Tensor {
  checkProbability(op, "p", p);
  const { training, generator } = readOptions(op, options, {
    training: [true, checkBoolean],
    generator: [defaultGenerator(), checkGenerator],
  });
  checkFloat(op, x);
  if (!training || p === 0) return x;
  return masked([x], { shape: maskShape, draw: { ...generator.key(), keep: 1 - p, value: scaleOf(p) } })[0]!;
}

interface MaskParams {
  readonly shape: Shape;
  readonly draw: KeepMaskParams;
}

/** `x · mask`, and the mask: with it in the record, devices know that both can be made again. */
const masked: (inputs: readonly [Tensor], params: MaskParams) => readonly Tensor[] = defineMultiOp({
  name: "dropout",
  forward([x], { shape, draw }) {
    const mask = launchOne(keepMaskKernel, [], { shape, dtype: "float32" }, draw, x.device);
    return [mul(x, mask), mask];
  },
  vjp: ([grad], { outputs: [, mask] }) => [mul(grad!, mask!.detach())],
  reads: { inputs: false, outputs: [1] },
});

/** What the elements that stay are multiplied by; where none stays, 0 instead of ∞. */
function scaleOf(p: number): number {
  return p === 1 ? 0 : 1 / (1 - p);
}
