import type { GpuArgument } from "../../devices/gpu/program.ts";
import { type AnyKernel, defineKernel, type Fusion, type Kernel, type Source } from "../../devices/kernel.ts";
import type { WasmOperand } from "../../devices/wasm/context.ts";
import { batchNormModule } from "../../devices/wasm/generated/batch-norm.ts";
import { sameShape } from "../../tensor/shape.ts";
import { poolsPairs } from "../lib/pools-pairs.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import { normalizeReluPoolKernel } from "./fused.ts";
import { layoutOf, planesPerPiece } from "./layout.ts";

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
  role: "batchNorm",
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
  if (consumer.role === "relu" && !params.relu)
    return { kernel: normalizeKernel, inputs: own, params: { ...params, relu: true } };
  if (consumer.role === "add" && inputs.length === 2 && !params.relu && !params.residual) {
    const other = inputs[1 - position]!.operand;
    if (other.dtype !== "float32" || other.handle === operand.handle || !sameShape(other.shape, operand.shape))
      return null;
    return { kernel: normalizeKernel, inputs: [...own, other], params: { ...params, residual: true } };
  }
  const pools = consumer.role === "maxPool2d" || consumer.role === "maxPool2dValues";
  if (pools && params.relu && !params.residual) {
    const windows = consumerParams as PoolWindows;
    if (!poolsPairs(windows)) return null;
    const kernels = { normalize: normalizeKernel, pool: consumer };
    return { kernel: normalizeReluPoolKernel, inputs: own, params: { normalize: params, windows, kernels } };
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
