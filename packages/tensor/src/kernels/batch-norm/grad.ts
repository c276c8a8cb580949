import { integerLocal } from "../../devices/gpu/integer-local.ts";
import type { GpuArgument, GpuStep } from "../../devices/gpu/program.ts";
import { defineKernel, type Fusion, type Kernel, type Source } from "../../devices/kernel.ts";
import type { WasmOperand } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { sameShape } from "../../tensor/shape.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import { pooledBatchNormGradKernel } from "./fused.ts";
import { channelMean, channelSum, layoutOf, planeSum, planesPerPiece } from "./layout.ts";
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
export const batchNormGradKernel: Kernel<BatchNormGradParams> = defineKernel<BatchNormGradParams>({
  name: "batchNormGrad",
  fuse: fuseIntoGradient,
  wasm(context, inputs, [out, gradWeight, gradBias], { eps, constant, ...params }) {
    const [grad, x, mean, variance] = inputs as [WasmOperand, WasmOperand, WasmOperand, WasmOperand];
    let next = 4;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [rest, weight, result] = [take(params.rest), take(params.weight), take(params.relu)];
    const { n, c, inner } = layoutOf(x.shape);
    context.parallel(
      batchNormModule,
      "gradient",
      c,
      planesPerPiece(n * inner),
      grad.ptr,
      x.ptr,
      mean.ptr,
      variance.ptr,
      rest,
      weight,
      result,
      gradWeight!.ptr,
      gradBias!.ptr,
      out!.ptr,
      n,
      c,
      inner,
      eps,
      constant ? 1 : 0,
    );
  },
  key: ({ constant, rest, weight, relu }) => `${constant},${rest},${weight},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { constant, rest, weight, relu }) {
    const { n, c, inner } = layoutOf(inputs[1]!.shape);
    let next = 4;
    const take = (present: boolean): GpuArgument[] => (present ? [`input${next++}`] : []);
    const [lost, weights, results] = [take(rest), take(weight), take(relu)];
    const gradient = relu ? "(y[p] <= 0.0 ? 0.0 : g[p])" : "g[p]";
    const y = relu ? ", y" : "";
    const steps: GpuStep[] = [
      // Σ g
      { source: `function(g${y}) { ${planeSum(inner, gradient)} }`, args: ["input0", ...results], size: n * c },
      { source: `function(s) { ${channelSum(n, c)} return sum; }`, args: ["step0"], size: c },
      // The mean as it is used: deviations are taken from it, and then from its rest.
      {
        source: `function(g, x, m${rest ? ", d" : ""}${y}) { ${planeSum(inner, `${gradient} * (x[p] - mean${rest ? " - lost" : ""})`, channelMean(n, c, rest))} }`,
        args: ["input0", "input1", "input2", ...lost, ...results],
        size: n * c,
      },
      // Σ g·x̂
      {
        source: `function(s, v, u) { ${channelSum(n, c)} return sum / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["step2", "input3", "uniforms"],
        size: c,
      },
      // dx = factor·g + slope·(x − mean) + shift, with a factor, slope and shift for each channel.
      {
        source: `function(v${weight ? ", w" : ""}, u) { return ${weight ? "w[this.thread.x]" : "1.0"} / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["input3", ...weights, "uniforms"],
        size: c,
      },
    ];
    const at = integerLocal("p", `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`);
    if (constant) {
      const source = `function(g, f${y}) { ${at} return f[this.thread.y] * ${gradient}; }`;
      steps.push({ source, args: ["input0", "step4", ...results], size: [inner, c, n] });
    } else {
      steps.push({
        source: `function(f, s, v, u) { return -f[this.thread.x] * s[this.thread.x] / ${n * inner}.0 / Math.sqrt(v[this.thread.x] + u[0]); }`,
        args: ["step4", "step3", "input3", "uniforms"],
        size: c,
      });
      steps.push({
        source: `function(f, s${rest ? ", a, d" : ""}) { return -f[this.thread.x] * s[this.thread.x] / ${n * inner}.0${rest ? " - a[this.thread.x] * d[this.thread.x]" : ""}; }`,
        args: ["step4", "step1", ...(rest ? (["step5", ...lost] as const) : [])],
        size: c,
      });
      const source = `function(g, x, m, f, a, b${y}) {
        ${at}
        return f[this.thread.y] * ${gradient} + a[this.thread.y] * (x[p] - m[this.thread.y]) + b[this.thread.y];
      }`;
      steps.push({
        source,
        args: ["input0", "input1", "input2", "step4", "step5", "step6", ...results],
        size: [inner, c, n],
      });
    }
    return { steps, outputs: [steps.length - 1, 3, 1] };
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
      const kernels = {
        normalize: normalizeKernel,
        unpool: through.producer.kernel,
        gradient: batchNormGradKernel,
      };
      return {
        kernel: pooledBatchNormGradKernel,
        inputs: [gradient!, places!, x!.operand, ...statistics, ...bias],
        params: { grad: params, bias: normalize.bias, windows, kernels },
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
