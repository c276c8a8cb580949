import { type Applied, defineOp, launchOne, type Shape, type Tensor } from "../../core.ts";
import { gatherKernel, type GatherParams, scatterKernel } from "../../kernels/gather.ts";
import { zeros } from "../../tensor/create.ts";

interface RowsParams extends GatherParams {
  readonly index: Tensor;
  /** Shapes of the values and of the picks. */
  readonly values: Shape;
  readonly picks: Shape;
}

/** Values at the positions `index`, checked before; what `gather` and `indexSelect` have in common. */
export const gatherRows: Applied<readonly [x: Tensor], RowsParams> = defineOp({
  name: "gather",
  forward: ([x], params) =>
    launchOne(gatherKernel, [x, params.index], { shape: params.picks, dtype: x.dtype }, layout(params)),
  vjp: (grad, { params }) => [scatterRows([grad], params)],
  reads: { inputs: false, outputs: false },
});

/** Zeros to which each value of `source` is added at its position: the adjoint of `gatherRows`. */
export const scatterRows: Applied<readonly [source: Tensor], RowsParams> = defineOp({
  name: "scatter",
  forward([source], params) {
    if (source.size === 0) return zeros(params.values, { device: source.device });
    return launchOne(scatterKernel, [source, params.index], { shape: params.values, dtype: "float32" }, layout(params));
  },
  vjp: (grad, { params }) => [gatherRows([grad], params)],
  reads: { inputs: false, outputs: false },
});

/** Without the tensor: what kernels are compiled for. */
function layout({ outer, length, count, inner, shared }: RowsParams): GatherParams {
  return { outer, length, count, inner, shared };
}
