import { append, type GpuArgument, type GpuStep, stepNumbers } from "../../devices/gpu/program.ts";
import type { GpuHalf } from "../../devices/kernel.ts";
import { maxPool2dGradGpu, maxPool2dGpu, maxPool2dValuesGpu } from "../pool2d/max-pool2d-gpu.ts";
import type { NormalizeReluPoolParams, PooledGradParams } from "./fused.ts";
import { batchNormGradGpu } from "./grad-gpu.ts";
import { normalizeGpu } from "./normalize-gpu.ts";

export const normalizeReluPoolGpu: GpuHalf<NormalizeReluPoolParams> = {
  key: ({ normalize, windows }) => normalizeGpu.key!(normalize) + JSON.stringify(windows),
  uniforms: ({ normalize }) => normalizeGpu.uniforms!(normalize),
  gpu(inputs, outputs, { normalize, windows }) {
    const between = { shape: inputs[0]!.shape, dtype: "float32" } as const;
    const steps: GpuStep[] = [];
    const normalized = append(steps, normalizeGpu.gpu!(inputs, [between], normalize), inputs.map(inputName));
    const pooled = append(
      steps,
      (outputs.length > 1 ? maxPool2dGpu : maxPool2dValuesGpu).gpu!([between], outputs, windows),
      normalized,
    );
    return { steps, outputs: stepNumbers(pooled) };
  },
};

export const pooledBatchNormGradGpu: GpuHalf<PooledGradParams> = {
  key: ({ grad, bias, windows }) => `${batchNormGradGpu.key!(grad)},${bias}${JSON.stringify(windows)}`,
  uniforms: ({ grad }) => batchNormGradGpu.uniforms!(grad),
  gpu(inputs, outputs, { grad, bias, windows }) {
    const [gradient, places, x, mean, variance] = ["input0", "input1", "input2", "input3", "input4"] as const;
    const optional = inputs.map(inputName).slice(5);
    const spec = inputs[2]!;
    const { eps, constant, rest, weight } = grad;
    const steps: GpuStep[] = [];
    const normalized = append(
      steps,
      normalizeGpu.gpu!(inputs.slice(2), [spec], { eps, rest, weight, bias, residual: false, relu: true }),
      [x, mean, variance, ...optional],
    );
    const unpooled = append(steps, maxPool2dGradGpu.gpu!(inputs.slice(0, 2), [spec], windows), [gradient, places]);
    const results = append(
      steps,
      batchNormGradGpu.gpu!([spec, ...inputs.slice(2), spec], outputs, { eps, constant, rest, weight, relu: true }),
      [...unpooled, x, mean, variance, ...(bias ? optional.slice(0, -1) : optional), ...normalized],
    );
    return { steps, outputs: stepNumbers(results) };
  },
};

function inputName(_: unknown, i: number): GpuArgument {
  return `input${i}`;
}
