import { defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmOperand } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import type { BatchNormGradParams } from "./grad.ts";
import { planesPerPiece } from "./layout.ts";
import type { NormalizeParams } from "./normalize.ts";

// What devices run for a batch norm, a relu and max-pooling in a row, and for their gradient. Nothing in between is stored.

/** A normalisation, a relu and max-pooling of 2 × 2 windows side by side. */
export interface NormalizeReluPoolParams {
  readonly normalize: NormalizeParams;
  readonly windows: PoolWindows;
}

/** Inputs as of `normalizeKernel`. Outputs as of max-pooling. */
export const normalizeReluPoolKernel: Kernel<NormalizeReluPoolParams> = defineKernel<NormalizeReluPoolParams>({
  name: "batchNormReluMaxPool2d",
  gpuHalf: "batchNormReluMaxPool2d",
  wasm(context, inputs, [values, places], { normalize, windows: { planes, input } }) {
    const [x, mean, variance] = inputs as [WasmOperand, WasmOperand, WasmOperand];
    let next = 3;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [rest, weight, bias] = [take(normalize.rest), take(normalize.weight), take(normalize.bias)];
    context.parallel(
      batchNormModule,
      "normalizeReluPool",
      planes,
      planesPerPiece(input[0] * input[1]),
      x.ptr,
      mean.ptr,
      variance.ptr,
      rest,
      weight,
      bias,
      values!.ptr,
      places?.ptr ?? 0,
      x.shape[1]!,
      ...input,
      normalize.eps,
    );
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
export const pooledBatchNormGradKernel: Kernel<PooledGradParams> = defineKernel<PooledGradParams>({
  name: "batchNormReluMaxPool2dGrad",
  gpuHalf: "batchNormReluMaxPool2dGrad",
  wasm(
    context,
    inputs,
    [out, gradWeight, gradBias],
    { grad: { eps, constant, ...present }, bias, windows: { planes, input } },
  ) {
    const [grad, places, x, mean, variance] = inputs as [
      WasmOperand,
      WasmOperand,
      WasmOperand,
      WasmOperand,
      WasmOperand,
    ];
    let next = 5;
    const take = (there: boolean): number => (there ? inputs[next++]!.ptr : 0);
    const operands = [
      grad.ptr,
      places.ptr,
      x.ptr,
      mean.ptr,
      variance.ptr,
      take(present.rest),
      take(present.weight),
      take(bias),
      gradWeight!.ptr,
      gradBias!.ptr,
    ] as const;
    const c = x.shape[1]!;
    const n = planes / c;
    const windows = n * (input[0] >> 1) * (input[1] >> 1);
    context.parallel(
      batchNormModule,
      "pooledGradient",
      c,
      planesPerPiece(n * input[0] * input[1]),
      ...operands,
      out!.ptr,
      n,
      c,
      ...input,
      eps,
      constant ? 1 : 0,
      context.scratchPerThread(4 * windows),
    );
  },
});
