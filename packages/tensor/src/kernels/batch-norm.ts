import { batchNormModule } from "../devices/wasm/generated/batch-norm.ts";
import type { WasmContext, WasmOperand } from "../devices/wasm/context.ts";
import type { GpuArgument, GpuStep } from "../devices/gpu/program.ts";
import { defineKernel } from "../kernel.ts";
import type { AnyKernel, Fusion, Kernel, Source } from "../kernel.ts";
import { sameShape, sizeOf } from "../shape.ts";
import type { Shape } from "../shape.ts";
import { normalizeReluPoolKernel, pooledBatchNormGradKernel } from "./batch-norm-fused.ts";
import type { PoolWindows } from "./max-pool2d.ts";
import { poolsPairs } from "./paired-windows.ts";

/** Values in the smallest piece that is worth a thread's while. */
const GRAIN = 16_384;

/** `[n, c, …]` as `n` pictures of `c` planes of `inner` values. */
function layoutOf(shape: Shape): { readonly n: number; readonly c: number; readonly inner: number } {
  return { n: shape[0]!, c: shape[1]!, inner: sizeOf(shape.slice(2)) };
}

/** Planes of `inner` values in a piece of work for a thread. */
export function planesPerPiece(inner: number): number {
  return Math.max(1, Math.ceil(GRAIN / inner));
}

/** Input x. Outputs: mean and biased variance of each channel, and the rest that the mean lost by rounding. */
export const channelStatisticsKernel: Kernel = defineKernel<void>({
  name: "channelStatistics",
  wasm(context, [x], [mean, variance, rest]) {
    const { n, c, inner } = layoutOf(x!.shape);
    context.parallel(
      batchNormModule,
      "statistics",
      c,
      planesPerPiece(n * inner),
      x!.ptr,
      n,
      c,
      inner,
      mean!.ptr,
      variance!.ptr,
      rest!.ptr,
    );
  },
  gpu([x]) {
    const { n, c, inner } = layoutOf(x!.shape);
    const deviation = channelMean(c, false);
    const average = `${channelSum(n, c)} const average = sum / ${n * inner}.0;`;
    return {
      steps: [
        { source: `function(x) { ${planeSum(inner, "x[p]")} }`, args: ["input0"], size: n * c },
        { source: `function(s) { ${average} return average; }`, args: ["step0"], size: c },
        {
          source: `function(x, m) { ${planeSum(inner, "x[p] - mean", deviation)} }`,
          args: ["input0", "step1"],
          size: n * c,
        },
        { source: `function(s) { ${average} return average; }`, args: ["step2"], size: c },
        {
          source: `function(x, m) { ${planeSum(inner, "(x[p] - mean) * (x[p] - mean)", deviation)} }`,
          args: ["input0", "step1"],
          size: n * c,
        },
        {
          source: `function(s, r) { ${average} return average - r[this.thread.x] * r[this.thread.x]; }`,
          args: ["step4", "step3"],
          size: c,
        },
      ],
      outputs: [1, 5, 3],
    };
  },
});

/** Which of the optional inputs are there, in this order after x, mean and variance. */
export interface NormalizeParams {
  readonly eps: number;
  /** What the mean lost by rounding. */
  readonly rest: boolean;
  readonly weight: boolean;
  readonly bias: boolean;
  readonly residual: boolean;
  /** Whether a relu follows. */
  readonly relu: boolean;
}

/** Inputs x, mean, variance, then rest, weight, bias and residual where there are any. Output: the normalised x. */
export const normalizeKernel: Kernel<NormalizeParams> = defineKernel<NormalizeParams>({
  name: "batchNorm",
  deferrable: true,
  absorb: absorbIntoNormalization,
  wasm(context, inputs, [out], params) {
    const [x, mean, variance] = inputs as [WasmOperand, WasmOperand, WasmOperand];
    const { rest, weight, bias, residual } = optionalInputs(inputs, params);
    const { n, c, inner } = layoutOf(x.shape);
    context.parallel(
      batchNormModule,
      "normalize",
      n * c,
      planesPerPiece(inner),
      x.ptr,
      mean.ptr,
      variance.ptr,
      rest,
      weight,
      bias,
      residual,
      out!.ptr,
      c,
      inner,
      params.eps,
      params.relu ? 1 : 0,
    );
  },
  key: ({ rest, weight, bias, residual, relu }) => `${rest},${weight},${bias},${residual},${relu}`,
  uniforms: ({ eps }) => [eps],
  gpu(inputs, _, { rest, weight, bias, residual, relu }) {
    const { n, c, inner } = layoutOf(inputs[0]!.shape);
    let next = 3;
    const take = (name: string, present: boolean): [string, GpuArgument][] =>
      present ? [[name, `input${next++}`]] : [];
    const [lost, weights, biases, residuals] = [
      take("d", rest),
      take("w", weight),
      take("b", bias),
      take("r", residual),
    ];
    const at = `(this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x`;
    const scale = `function(v${weight ? ", w" : ""}, u) { return ${weight ? "w[this.thread.x]" : "1.0"} / Math.sqrt(v[this.thread.x] + u[0]); }`;
    const operands: [string, GpuArgument][] = [
      ["x", "input0"],
      ["m", "input1"],
      ["s", "step0"],
      ...lost,
      ...biases,
      ...residuals,
    ];
    const normalized =
      `(x[${at}] - m[this.thread.y]${rest ? " - d[this.thread.y]" : ""}) * s[this.thread.y]` +
      `${bias ? " + b[this.thread.y]" : ""}${residual ? ` + r[${at}]` : ""}`;
    const source = `function(${operands.map(([name]) => name).join(", ")}) {
      const y = ${normalized};
      return ${relu ? "y <= 0.0 ? 0.0 : y" : "y"};
    }`;
    return {
      steps: [
        { source: scale, args: ["input2", ...weights.map(([, argument]) => argument), "uniforms"], size: c },
        { source, args: operands.map(([, argument]) => argument), size: [inner, c, n] },
      ],
    };
  },
});

/** A relu, a residual sum or max-pooling that reads the normalisation becomes part of it. */
function absorbIntoNormalization(
  consumer: AnyKernel,
  consumerParams: unknown,
  inputs: readonly Source[],
  position: number,
): Fusion | null {
  const { operand, producer } = inputs[position]!;
  const params = producer!.params as NormalizeParams;
  const own = producer!.inputs.map((source) => source.operand);
  if (consumer.name === "relu" && !params.relu)
    return { kernel: normalizeKernel, inputs: own, params: { ...params, relu: true } };
  if (consumer.name === "add" && inputs.length === 2 && !params.relu && !params.residual) {
    const other = inputs[1 - position]!.operand;
    if (other.dtype !== "float32" || other.handle === operand.handle || !sameShape(other.shape, operand.shape))
      return null;
    return { kernel: normalizeKernel, inputs: [...own, other], params: { ...params, residual: true } };
  }
  if (consumer.name === "maxPool2d" && params.relu && !params.residual) {
    const windows = consumerParams as PoolWindows;
    return poolsPairs(windows)
      ? { kernel: normalizeReluPoolKernel, inputs: own, params: { normalize: params, windows, pool: consumer } }
      : null;
  }
  return null;
}

function optionalInputs(
  inputs: readonly WasmOperand[],
  params: Pick<NormalizeParams, "rest" | "weight" | "bias" | "residual">,
) {
  let next = 3;
  const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
  return {
    rest: take(params.rest),
    weight: take(params.weight),
    bias: take(params.bias),
    residual: take(params.residual),
  };
}

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
        source: `function(g, x, m${rest ? ", d" : ""}${y}) { ${planeSum(inner, `${gradient} * (x[p] - mean${rest ? " - lost" : ""})`, channelMean(c, rest))} }`,
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
    const at = `let p = 0; p++; p = (this.thread.z * ${c} + this.thread.y) * ${inner} + this.thread.x;`;
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
  if (params.relu || grad!.producer?.kernel.name !== "reluGrad") return null;
  const [through, result] = grad!.producer.inputs as [Source, Source];
  const statistics = rest.map((source) => source.operand);
  if (through.producer?.kernel.name === "maxPool2dBackward" && result.producer?.kernel === normalizeKernel) {
    const normalize = result.producer.params as NormalizeParams;
    const [normalized, ...others] = result.producer.inputs;
    if (normalize.relu && !normalize.residual && normalized!.operand.handle === x!.operand.handle) {
      const [gradient, places] = through.producer.inputs.map((source) => source.operand);
      const bias = normalize.bias ? [others.at(-1)!.operand] : [];
      const windows = through.producer.params as PoolWindows;
      const pooled = { grad: params, bias: normalize.bias, windows, unpool: through.producer.kernel };
      return {
        kernel: pooledBatchNormGradKernel,
        inputs: [gradient!, places!, x!.operand, ...statistics, ...bias],
        params: pooled,
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

/** gpu.js statements that declare the mean of the channel of plane `this.thread.x`, and what it lost by rounding. */
function channelMean(c: number, rest: boolean): string {
  return `let c = 0; c++; c = this.thread.x % ${c}; const mean = m[c];${rest ? " const lost = d[c];" : ""}`;
}

/** How running statistics move. */
export interface RunningUpdateParams {
  /** Weight of the new batch; null for the average of all batches, which needs the count. */
  readonly momentum: number | null;
  /** N/(N − 1): running variances are unbiased. */
  readonly unbias: number;
  readonly runningMean: boolean;
  readonly runningVar: boolean;
  readonly count: boolean;
}

/** Inputs: batch mean and variance, then running mean, running variance and the count where there are any, in place. */
export const runningUpdateKernel: Kernel<RunningUpdateParams> = defineKernel<RunningUpdateParams>({
  name: "runningStatistics",
  wasm(context: WasmContext, inputs, _, { momentum, unbias, runningMean, runningVar, count }) {
    let next = 2;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [means, variances, seen] = [take(runningMean), take(runningVar), take(count)];
    context.call(
      batchNormModule,
      "updateRunning",
      inputs[0]!.size,
      means,
      variances,
      inputs[0]!.ptr,
      inputs[1]!.ptr,
      seen,
      momentum ?? 0,
      momentum === null ? 1 : 0,
      unbias,
    );
  },
  key: ({ momentum, runningMean, runningVar, count }) => `${momentum === null},${runningMean},${runningVar},${count}`,
  uniforms: ({ momentum, unbias }) => [momentum ?? 0, unbias],
  gpu(inputs, _, { momentum, runningMean, runningVar, count }) {
    let next = 2;
    const take = (present: boolean): GpuArgument | null => (present ? `input${next++}` : null);
    const [means, variances, seen] = [take(runningMean), take(runningVar), take(count)];
    const size = sizeOf(inputs[0]!.shape);
    const steps: GpuStep[] = [];
    const alpha =
      momentum === null
        ? { declare: "const alpha = 1.0 / (n[0] + 1.0);", names: ", n", args: [seen!] }
        : { declare: "const alpha = u[0];", names: "", args: [] };
    const move = (running: GpuArgument, batch: GpuArgument, factor: string): void => {
      steps.push({
        source: `function(r, b${alpha.names}, u) { ${alpha.declare} return (1.0 - alpha) * r[this.thread.x] + alpha * ${factor}b[this.thread.x]; }`,
        args: [running, batch, ...alpha.args, "uniforms"],
        size,
      });
    };
    if (means !== null) move(means, "input0", "");
    if (variances !== null) move(variances, "input1", "u[1] * ");
    if (seen !== null) steps.push({ source: "function(n) { return n[this.thread.x] + 1.0; }", args: [seen], size: 1 });
    return { steps, outputs: steps.map((_, i) => i) };
  },
});

/** gpu.js statements that return the sum of `term` over the plane `this.thread.x`; `p` is the position in it. */
function planeSum(inner: number, term: string, before = ""): string {
  return `${before} let p = 0; p++; p = this.thread.x * ${inner}; let sum = 0.0; for (let i = 0; i < ${inner}; i++) { sum += ${term}; p += 1; } return sum;`;
}

/** gpu.js statements that sum the plane sums `s` of the channel `this.thread.x` over the pictures. */
function channelSum(n: number, c: number): string {
  return `let q = 0; q++; q = this.thread.x; let sum = 0.0; for (let i = 0; i < ${n}; i++) { sum += s[q]; q += ${c}; }`;
}
