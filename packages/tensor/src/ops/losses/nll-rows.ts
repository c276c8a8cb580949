import { nllGradKernel, nllKernel, type NllParams } from "../../kernels/loss.ts";
import { launchOne } from "../../launch.ts";
import { defineOp, type Applied } from "../../op.ts";
import { type Shape, sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

/** The classes that are looked for. */
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
export function nllRows(x: Tensor, target: Tensor, weight: Tensor | null, ignoreIndex: number): Tensor {
  return rows([x], { target, weight, ignoreIndex, shape: x.shape });
}

const rows: Applied<readonly [Tensor], RowParams> = defineOp({
  name: "nll",
  forward: ([x], params) =>
    launchOne(
      nllKernel,
      rowOperands([x], params),
      { shape: params.target.shape, dtype: "float32" },
      rowLayout(params.shape, params),
    ),
  vjp: (grad, { params }) => [rowsGrad([grad], params)],
  reads: { inputs: false, outputs: false },
});

/** The adjoint of `nllRows`; linear, so each is the other's gradient. */
const rowsGrad: Applied<readonly [Tensor], RowParams> = defineOp({
  name: "nllGrad",
  forward: ([grad], params) =>
    launchOne(
      nllGradKernel,
      rowOperands([grad], params),
      { shape: params.shape, dtype: "float32" },
      rowLayout(params.shape, params),
    ),
  vjp: (grad, { params }) => [rows([grad], params)],
  reads: { inputs: false, outputs: false },
});

/** What kernels read: values, targets, and class weights if there are any. */
export function rowOperands(values: readonly Tensor[], { target, weight }: Targets): Tensor[] {
  return weight === null ? [...values, target] : [...values, target, weight];
}

/** How kernels see values `[n, c, …]`. */
export function rowLayout(shape: Shape, { ignoreIndex }: Targets): NllParams {
  return { classes: shape[1]!, inner: sizeOf(shape.slice(2)), ignoreIndex };
}
