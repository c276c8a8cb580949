import { normalizeDim } from "../../checks/check-shape.ts";
import { checkTensor } from "../../checks/check-tensor.ts";
import { cumsumKernel, type ScanParams } from "../../kernels/scan.ts";
import { launchOne } from "../../launch.ts";
import { defineOp } from "../../op.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";

const op: (inputs: readonly [Tensor], params: ScanParams) => Tensor = defineOp<readonly [Tensor], ScanParams>({
  name: "cumsum",
  forward: ([x], params) => launchOne(cumsumKernel, [x], { shape: x.shape, dtype: x.dtype }, params),
  vjp: (grad, { params }) => [op([grad], { ...params, reverse: !params.reverse })],
  reads: { inputs: false, outputs: false },
});

/**
 * Running sums along an axis: `y[k] = x[0] + … + x[k]`.
 *
 * Sums of int32 stay int32, as those of `sum` do. wasm adds up in double precision and rounds each sum once, as torch does.
 *
 * @throws IndexError if the axis does not exist.
 */
export function cumsum(x: Tensor, dim: number): Tensor {
  checkTensor("cumsum", x);
  return op([x], scanAlong(x, normalizeDim("cumsum", dim, x.rank)));
}

/** How a kernel sees an axis that it runs along. A scalar counts as a list of one. */
export function scanAlong({ shape }: Tensor, axis: number): ScanParams {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: shape[axis] ?? 1,
    inner: sizeOf(shape.slice(axis + 1)),
    reverse: false,
  };
}
