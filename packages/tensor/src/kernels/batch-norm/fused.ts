import { append, type GpuArgument, type GpuStep, stepNumbers } from "../../devices/gpu/program.ts";
import { type AnyKernel, defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { WasmOperand } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import type { BatchNormGradParams } from "./grad.ts";
import { planesPerPiece } from "./layout.ts";
import type { NormalizeParams } from "./normalize.ts";

// What devices run for a batch norm, a relu and max-pooling in a row, forwards and backwards: nothing in between is stored.

/** A normalisation, a relu and max-pooling of 2 × 2 windows side by side. */
export interface NormalizeReluPoolParams {
  readonly normalize: NormalizeParams;
  readonly windows: PoolWindows;
  /** The kernels in a row, for their gpu programs. Told, not imported: bundles need not carry them, and no import is circular. */
  readonly kernels: { readonly normalize: Kernel<NormalizeParams>; readonly pool: AnyKernel };
}

/** Inputs as of `normalizeKernel`. Outputs as of max-pooling. */
export const normalizeReluPoolKernel: Kernel<NormalizeReluPoolParams> = defineKernel<NormalizeReluPoolParams>({
  name: "batchNormReluMaxPool2d",
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
  key: ({ normalize, windows, kernels }) => kernels.normalize.key!(normalize) + JSON.stringify(windows),
  uniforms: ({ normalize, kernels }) => kernels.normalize.uniforms!(normalize),
  gpu(inputs, outputs, { normalize, windows, kernels }) {
    const between = { shape: inputs[0]!.shape, dtype: "float32" } as const;
    const steps: GpuStep[] = [];
    const normalized = append(steps, kernels.normalize.gpu!(inputs, [between], normalize), inputs.map(inputName));
    const pooled = append(steps, kernels.pool.gpu!([between], outputs, windows), normalized);
    return { steps, outputs: stepNumbers(pooled) };
  },
});

/** The gradient of a batch norm whose relu was max-pooled. */
export interface PooledGradParams {
  readonly grad: BatchNormGradParams;
  /** Whether there is a bias, the last input. */
  readonly bias: boolean;
  readonly windows: PoolWindows;
  /** The kernels that it stands for, for their gpu programs. */
  readonly kernels: {
    readonly normalize: Kernel<NormalizeParams>;
    readonly unpool: AnyKernel;
    readonly gradient: Kernel<BatchNormGradParams>;
  };
}

/**
 * Inputs: the gradient of the windows, the places of their largest values, x, mean, variance, then rest, weight and bias
 * where there are any. Outputs: the gradients of x, weight and bias.
 */
export const pooledBatchNormGradKernel: Kernel<PooledGradParams> = defineKernel<PooledGradParams>({
  name: "batchNormReluMaxPool2dGrad",
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
    );
  },
  key: ({ grad, bias, windows, kernels }) => `${kernels.gradient.key!(grad)},${bias}${JSON.stringify(windows)}`,
  uniforms: ({ grad, kernels }) => kernels.gradient.uniforms!(grad),
  gpu(inputs, outputs, { grad, bias, windows, kernels }) {
    const names = inputs.map(inputName);
    const [gradient, places, x, mean, variance, ...optional] = names as [
      GpuArgument,
      GpuArgument,
      GpuArgument,
      GpuArgument,
      GpuArgument,
      ...GpuArgument[],
    ];
    const spec = inputs[2]!;
    const { eps, constant, rest, weight } = grad;
    const steps: GpuStep[] = [];
    const normalized = append(
      steps,
      kernels.normalize.gpu!(inputs.slice(2), [spec], { eps, rest, weight, bias, residual: false, relu: true }),
      [x, mean, variance, ...optional],
    );
    const unpooled = append(steps, kernels.unpool.gpu!(inputs.slice(0, 2), [spec], windows), [gradient, places]);
    const results = append(
      steps,
      kernels.gradient.gpu!([spec, ...inputs.slice(2), spec], outputs, { eps, constant, rest, weight, relu: true }),
      [...unpooled, x, mean, variance, ...(bias ? optional.slice(0, -1) : optional), ...normalized],
    );
    return { steps, outputs: stepNumbers(results) };
  },
});

function inputName(_: unknown, i: number): GpuArgument {
  return `input${i}`;
}
