import type { WasmContext, WasmOperand } from "../devices/wasm/context.ts";
import { conv2dModule } from "../devices/wasm/generated/conv2d.ts";
import { defineKernel } from "../kernel.ts";
import type { AnyKernel, Fusion, Kernel, Source } from "../kernel.ts";
import { sameShape } from "../shape.ts";
import type { NormalizeParams } from "./batch-norm.ts";
import { conv2dFlops } from "./conv2d-geometry.ts";
import type { Conv2dGeometry } from "./conv2d-geometry.ts";
import { methodFor } from "./conv2d-method.ts";

// What devices run for a convolution and, in this order, a batch norm with constant statistics, a sum and a relu, where there
// are any: each result is finished while it is in the cache.

export interface FusedConv2dParams {
  readonly geometry: Conv2dGeometry;
  /** Whether the convolution has a bias. */
  readonly bias: boolean;
  /** The batch norm, whose own residual and relu do not count here. */
  readonly normalize: NormalizeParams | null;
  readonly residual: boolean;
  readonly relu: boolean;
}

/**
 * Inputs: x, weight and bias of the convolution; mean, variance, rest, weight and bias of the batch norm; the residual: those
 * that there are. Only the device of the WebAssembly kernels holds convolutions back, so there is no gpu source.
 */
export const fusedConv2dKernel: Kernel<FusedConv2dParams> = defineKernel<FusedConv2dParams>({
  name: "conv2dFused",
  deferrable: "once",
  absorb: absorbIntoFused,
  wasm(context, inputs, [y], { geometry, bias, normalize, residual, relu }) {
    let next = 0;
    const take = (present: boolean): number => (present ? inputs[next++]!.ptr : 0);
    const [x, weight, ownBias] = [take(true), take(true), take(bias)];
    const constants = normalize === null ? 0 : channelConstants(context, inputs[next + 1]!.size, normalize, take);
    const finish = context.ints([constants, take(residual), relu ? 1 : 0]);
    methodFor(geometry).forward(context, x, weight, bias ? ownBias : null, y!.ptr, geometry, finish);
  },
  flops: (_inputs, _outputs, { geometry }) => conv2dFlops(geometry),
});

/** Address of centre, factor and shift of each channel. */
function channelConstants(
  context: WasmContext,
  channels: number,
  { rest, weight, bias, eps }: NormalizeParams,
  take: (present: boolean) => WasmOperand["ptr"],
): number {
  const made = context.scratch(12 * channels);
  const operands = [take(true), take(true), take(rest), take(weight), take(bias)];
  context.call(conv2dModule, "channelConstants", 0, channels, ...operands, eps, made);
  return made;
}

/** A relu or a batch norm that reads a convolution becomes part of it. */
export function absorbIntoConv2d(
  consumer: AnyKernel,
  consumerParams: unknown,
  inputs: readonly Source[],
  position: number,
): Fusion | null {
  const { operand, producer } = inputs[position]!;
  const geometry = producer!.params as Conv2dGeometry;
  const own = producer!.inputs.map((source) => source.operand);
  const plain = { geometry, bias: own.length === 3, normalize: null, residual: false, relu: false };
  if (consumer.name === "relu")
    return { kernel: fusedConv2dKernel, inputs: own, params: { ...plain, relu: true } satisfies FusedConv2dParams };
  if (consumer.name === "batchNorm" && position === 0) {
    const others = inputs.slice(1).map((source) => source.operand);
    if (others.some(({ handle }) => handle === operand.handle)) return null;
    const normalize = consumerParams as NormalizeParams;
    const { residual, relu } = normalize;
    const params: FusedConv2dParams = { ...plain, normalize, residual, relu };
    return { kernel: fusedConv2dKernel, inputs: [...own, ...others], params };
  }
  return null;
}

/** A sum with a tensor of the same shape, and then a relu, become part of it too. */
function absorbIntoFused(
  consumer: AnyKernel,
  _consumerParams: unknown,
  inputs: readonly Source[],
  position: number,
): Fusion | null {
  const { operand, producer } = inputs[position]!;
  const params = producer!.params as FusedConv2dParams;
  const own = producer!.inputs.map((source) => source.operand);
  if (params.relu) return null;
  if (consumer.name === "relu") return { kernel: fusedConv2dKernel, inputs: own, params: { ...params, relu: true } };
  if (consumer.name !== "add" || inputs.length !== 2 || params.residual) return null;
  const other = inputs[1 - position]!.operand;
  if (other.dtype !== "float32" || other.handle === operand.handle || !sameShape(other.shape, operand.shape))
    return null;
  return { kernel: fusedConv2dKernel, inputs: [...own, other], params: { ...params, residual: true } };
}
