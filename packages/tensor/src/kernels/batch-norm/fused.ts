import { defineWasmHalf, type Kernel } from "../../devices/kernel.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { addressesOf, optionalAddresses } from "../lib/addresses.ts";
import { planesPerPiece } from "../lib/pieces.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import type { BatchNormGradParams } from "./grad.ts";
import type { NormalizeParams } from "./normalize.ts";

// What devices run for a batch norm, a relu and max-pooling in a row, and for their gradient. Nothing in between is stored.

/** A normalisation, a relu and max-pooling of 2 × 2 windows side by side. */
export interface NormalizeReluPoolParams {
  readonly normalize: NormalizeParams;
  readonly windows: PoolWindows;
}

/** Inputs as of `normalizeKernel`. Outputs as of max-pooling. */
export const normalizeReluPoolKernel: Kernel<NormalizeReluPoolParams> = /* @__PURE__ */ defineWasmHalf({
  name: "batchNormReluMaxPool2d",
  wasm(context, inputs, [values, places], { normalize: { eps, rest, weight, bias }, windows: { planes, input } }) {
    const [x, mean, variance] = inputs;
    const read = [...addressesOf(x, mean, variance), ...optionalAddresses(inputs, 3, rest, weight, bias)] as const;
    const made = addressesOf(values, places);
    const sizes = [x!.shape[1]!, ...input, eps] as const;
    const grain = planesPerPiece(input[0] * input[1]);
    context.parallel(batchNormModule, "normalizeReluPool", planes, grain, ...read, ...made, ...sizes);
  },
});

/** The gradient of a batch norm whose relu was max-pooled. */
export interface PooledGradParams {
  readonly grad: BatchNormGradParams;
  /** Whether there is a bias, the last input. */
  readonly bias: boolean;
  readonly windows: PoolWindows;
}

/**
 * Inputs: the gradient of the windows, the places of their largest values, x, mean, variance, then rest, weight and bias
 * where there are any. Outputs: the gradients of x, weight and bias.
 */
export const pooledBatchNormGradKernel: Kernel<PooledGradParams> = /* @__PURE__ */ defineWasmHalf({
  name: "batchNormReluMaxPool2dGrad",
  wasm(context, inputs, [out, gradWeight, gradBias], { grad: params, bias, windows: { planes, input } }) {
    const [grad, places, x, mean, variance] = inputs;
    const optional = optionalAddresses(inputs, 5, params.rest, params.weight, bias);
    const read = [...addressesOf(grad, places, x, mean, variance), ...optional] as const;
    const made = addressesOf(gradWeight, gradBias, out);
    const c = x!.shape[1]!;
    const n = planes / c;
    const sizes = [n, c, ...input, params.eps, Number(params.constant)] as const;
    const grain = planesPerPiece(n * input[0] * input[1]);
    const scratch = context.scratchPerThread(4 * n * (input[0] >> 1) * (input[1] >> 1));
    context.parallel(batchNormModule, "pooledGradient", c, grain, ...read, ...made, ...sizes, scratch);
  },
});
