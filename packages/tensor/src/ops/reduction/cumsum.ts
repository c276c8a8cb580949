import { type Applied, defineOp, launchOne, type Tensor } from "../../core.ts";
import { aroundAxis } from "../../kernels/lib/around-axis.ts";
import { cumsumKernel, type ScanParams } from "../../kernels/scan.ts";
import { axisOf } from "../internal/axis-of.ts";

const op: Applied<readonly [Tensor], ScanParams> = defineOp({
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
  return op([x], scanAlong(x, axisOf("cumsum", x, dim)));
}

/** How a kernel sees an axis that it runs along. A scalar counts as a list of one. */
export function scanAlong({ shape }: Tensor, axis: number): ScanParams {
  return { ...aroundAxis(shape, axis), reverse: false };
}
