import { type Applied, defineOp, launch, type Shape, sizeOf, type Tensor } from "../../core.ts";
import type { Kernel } from "../../devices/kernel.ts";
import { nllGradKernel, nllKernel, type NllParams } from "../../kernels/loss.ts";

/** The classes that are looked for, checked. */
export interface Targets {
  readonly target: Tensor;
  readonly weight: Tensor | null;
  readonly ignoreIndex: number;
}

interface RowParams extends Targets {
  /** Of the log-probabilities: `[n, c, …]`. */
  readonly shape: Shape;
}

/**
 * For each target `y`: `−weight[y] · x[…, y, …]`, or 0 where `y` is `ignoreIndex`: the unreduced negative log-likelihood.
 *
 * Shape: `x [n, c, …]`, `target [n, …]` → `[n, …]`. Targets must have been checked; this is what the losses are made of.
 */
export const nllRows: Applied<readonly [x: Tensor], Targets> = defineOp({
  name: "nll",
  forward: (inputs, targets) => launchRows(nllKernel, inputs, inputs[0].shape, targets, [targets.target.shape])[0]!,
  vjp: (grad, { inputs: [{ shape }], params }) => [rowsGrad([grad], { ...params, shape })],
  reads: { inputs: false, outputs: false },
});

/** The adjoint of `nllRows`; linear, so each is the other's gradient. */
const rowsGrad: Applied<readonly [Tensor], RowParams> = defineOp({
  name: "nllGrad",
  forward: (inputs, params) => launchRows(nllGradKernel, inputs, params.shape, params, [params.shape])[0]!,
  vjp: (grad, { params }) => [nllRows([grad], params)],
  reads: { inputs: false, outputs: false },
});

/**
 * Runs a kernel that reads values, targets, and class weights if there are any, and sees log-probabilities of a shape `[n, c, …]`.
 *
 * @param made shapes of what it makes.
 */
export function launchRows(
  kernel: Kernel<NllParams>,
  values: readonly Tensor[],
  shape: Shape,
  { target, weight, ignoreIndex }: Targets,
  made: readonly Shape[],
): Tensor[] {
  const operands = weight === null ? [...values, target] : [...values, target, weight];
  const outputs = made.map((each) => ({ shape: each, dtype: "float32" }) as const);
  return launch(kernel, operands, outputs, { classes: shape[1]!, inner: sizeOf(shape.slice(2)), ignoreIndex });
}
