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
    const [h, w] = input;
    const [, c] = x!.shape as [number, number];
    const [restAt, weightAt, biasAt] = optionalAddresses(inputs, 5, params.rest, params.weight, bias);
    const statistics = [...addressesOf(mean, variance), restAt, weightAt] as const;
    const chosen = addressesOf(places, x);
    const [counted, sums, channels] = [
      context.scratch(4 * grad!.size),
      context.scratch(16 * planes),
      context.scratch(16 * c),
    ];
    const grain = planesPerPiece(h * w);
    const read = [grad!.ptr, ...chosen, ...statistics, biasAt] as const;
    context.parallel(batchNormModule, "pooledSums", planes, grain, ...read, c, h, w, params.eps, counted, sums);
    const made = addressesOf(gradWeight, gradBias);
    const terms = [x!.size / c, params.eps, Number(params.constant), channels] as const;
    context.call(batchNormModule, "gradientOfChannels", c, planes / c, sums, ...statistics, ...made, ...terms);
    const last = [out!.ptr, c, h, w, Number(params.constant), channels] as const;
    context.parallel(batchNormModule, "pooledGradient", planes, grain, counted, ...chosen, ...last);
  },
});
