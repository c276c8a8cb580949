import { checkFit, checkFloat, checkShapeOf } from "../../checks/index.ts";
import { defineOp, launchOne, ShapeError, showShape, sizeOf, type Tensor } from "../../core.ts";
import { matmulKernel } from "../../kernels/matmul/kernel.ts";
import { zeros } from "../../tensor/create.ts";
import { broadcastTo, sum } from "../reduction/sum.ts";
import { reshape } from "../shape/reshape.ts";
import { matmulTransposed } from "./matmul.ts";

/** x [rows, in], weight [out, in] and perhaps bias [out]. */
const op = defineOp<readonly Tensor[]>({
  name: "linear",
  forward(inputs) {
    const [x, weight, bias] = inputs;
    const [m, k] = x!.shape as readonly [number, number];
    const n = weight!.shape[0]!;
    if (k === 0) return bias === undefined ? zeros([m, n], { device: x!.device }) : broadcastTo(bias, [m, n]);
    const params = { m, n, k, transposeA: false, transposeB: true, batchA: [], batchB: [], batch: [] };
    return launchOne(matmulKernel, inputs, { shape: [m, n], dtype: "float32" }, params);
  },
  vjp(grad, { inputs: [x, weight], needs }) {
    return [
      needs[0] ? matmulTransposed(grad, weight!, {}) : null,
      needs[1] ? matmulTransposed(grad, x!, { transposeA: true }) : null,
      needs[2] ? sum(grad, 0) : null,
    ].slice(0, needs.length);
  },
  reads: { inputs: [0, 1], outputs: false },
});

/**
 * `y = x · weightᵀ + bias` along the last axis of `x`.
 *
 * Shape: `[…, in] → […, out]` with `weight` `[out, in]` and `bias` `[out]`.
 *
 * @throws ShapeError if the last axis of `x` is not `in`, or `weight` or `bias` is shaped otherwise.
 * @throws DTypeError if a tensor is not float32.
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkFloat("linear", x);
  checkFloat("linear", weight, "weight");
  if (bias !== null) checkFloat("linear", bias, "bias");
  const inputs = bias === null ? [x, weight] : [x, weight, bias];
  checkFit("linear", weight.rank === 2, "a weight of shape [out, in]", weight.shape);
  const [outFeatures, inFeatures] = weight.shape as readonly [number, number];
  if (x.rank === 0 || x.shape.at(-1) !== inFeatures) {
    throw new ShapeError(
      `linear: input ${showShape(x.shape)} and weight ${showShape(weight.shape)} do not match: the last axis of the input must be ${inFeatures}`,
    );
  }
  if (bias !== null) checkShapeOf("linear", "bias", bias.shape, [outFeatures]);
  if (x.rank === 2) return op(inputs);
  const lead = x.shape.slice(0, -1);
  const rows = reshape(x, [sizeOf(lead), inFeatures]);
  return reshape(op([rows, ...inputs.slice(1)]), [...lead, outFeatures]);
}
