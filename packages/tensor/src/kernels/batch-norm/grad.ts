import { defineWasmHalf, type Fusion, type Kernel, type Source } from "../../devices/kernel.ts";
import { batchNormModule, SUMS_SCRATCH } from "../../devices/wasm/generated/batch-norm.ts";
import { sameShape } from "../../tensor/shape.ts";
import { addressesOf, optionalAddresses } from "../lib/addresses.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import { pooledBatchNormGradKernel } from "./fused.ts";
import { layoutOf, unitsOf } from "./layout.ts";
import { normalizeKernel, type NormalizeParams } from "./normalize.ts";

/** How the gradient of a normalisation is computed. */
export interface BatchNormGradParams {
  readonly eps: number;
  /** Whether the statistics were constants, as in eval mode. */
  readonly constant: boolean;
  /** Which of the optional inputs are there, in this order after gradient, x, mean and variance. */
  readonly rest: boolean;
  readonly weight: boolean;
  /** Whether a relu followed, whose result is the last input. */
  readonly relu: boolean;
}

/**
 * Inputs: gradient, x, mean, variance, then the mean's rest, the weight and a following relu's result where there are any.
 * Outputs: the gradients of x, weight and bias.
 */
export const batchNormGradKernel: Kernel<BatchNormGradParams> = /* @__PURE__ */ defineWasmHalf({
  name: "batchNormGrad",
  fuse: fuseIntoGradient,
  wasm(context, inputs, [out, gradWeight, gradBias], { eps, constant, rest, weight, relu }) {
    const [grad, x, mean, variance] = inputs;
    const layout = layoutOf(x!.shape);
    const { n, c, inner } = layout;
    const { together, groups, units, values } = unitsOf(layout);
    const [restAt, weightAt, resultAt] = optionalAddresses(inputs, 4, rest, weight, relu);
    const read = [...addressesOf(grad, x), resultAt] as const;
    const statistics = [...addressesOf(mean, variance), restAt, weightAt] as const;
    const made = addressesOf(gradWeight, gradBias);
    const [sums, channels] = [context.scratch(16 * units), context.scratch(16 * c)];
    const lanes = context.scratchPerThread(SUMS_SCRATCH);
    const sizes = [n, c, inner, together] as const;
    const grain = planesPerPiece(values);
    context.parallel(batchNormModule, "gradientSums", units, grain, ...read, mean!.ptr, ...sizes, sums, lanes);
    const terms = [x!.size / c, eps, Number(constant), channels] as const;
    context.call(batchNormModule, "gradientOfChannels", c, groups, sums, ...statistics, ...made, ...terms);
    const last = [out!.ptr, c, inner, Number(constant), channels] as const;
    context.parallel(batchNormModule, "gradient", n * c, planesPerPiece(inner), ...read, ...last);
  },
});

/** The gradient of a relu, and of max-pooling behind it, is computed where it is read. */
function fuseIntoGradient(inputs: readonly Source[], params: BatchNormGradParams): Fusion | null {
  const [grad, x, ...rest] = inputs;
  if (params.relu || grad!.producer?.kernel.role !== "reluGrad") return null;
  const [through, result] = grad!.producer.inputs as [Source, Source];
  const statistics = rest.map((source) => source.operand);
  if (through.producer?.kernel.role === "maxPool2dGrad" && result.producer?.kernel === normalizeKernel) {
    const normalize = result.producer.params as NormalizeParams;
    const [normalized, ...others] = result.producer.inputs;
    if (normalize.relu && !normalize.residual && normalized!.operand.handle === x!.operand.handle) {
      const [gradient, places] = through.producer.inputs.map((source) => source.operand);
      const bias = normalize.bias ? [others.at(-1)!.operand] : [];
      const windows = through.producer.params as PoolWindows;
      return {
        kernel: pooledBatchNormGradKernel,
        inputs: [gradient!, places!, x!.operand, ...statistics, ...bias],
        params: { grad: params, bias: normalize.bias, windows },
      };
    }
  }
  if (!sameShape(through.operand.shape, x!.operand.shape) || !sameShape(result.operand.shape, x!.operand.shape))
    return null;
  return {
    kernel: batchNormGradKernel,
    inputs: [through.operand, x!.operand, ...statistics, result.operand],
    params: { ...params, relu: true },
  };
}
