import { pictureChains } from "../../devices/fusing/picture-chains.ts";
import { type AnyKernel, defineKernel, type Kernel } from "../../devices/kernel.ts";
import type { Address, WasmContext } from "../../devices/wasm/context.ts";
import { conv2dModule, type Finish } from "../../devices/wasm/generated/conv2d.ts";
import type { NormalizeParams } from "../batch-norm/normalize.ts";
import { addendOf } from "../lib/addend.ts";
import { poolsPairs } from "../lib/pools-pairs.ts";
import type { PoolWindows } from "../pool2d/max-pool2d.ts";
import { conv2dFlops, type Conv2dGeometry } from "./geometry.ts";
import { methodFor } from "./method.ts";

// What devices run for a convolution and, in this order, a batch norm with constant statistics, a sum, a relu and max-pooling,
// where there are any: each result is finished while it is in the cache.

export interface FusedConv2dParams {
  readonly geometry: Conv2dGeometry;
  /** Whether the convolution has a bias. */
  readonly bias: boolean;
  /** The batch norm. Its own `residual` and `relu` are not looked at. */
  readonly normalize: NormalizeParams | null;
  readonly residual: boolean;
  readonly relu: boolean;
  /** Whether max-pooling of 2 × 2 windows side by side follows. */
  readonly pools: boolean;
}

/**
 * Inputs: x, weight and bias of the convolution; mean, variance, rest, weight and bias of the batch norm; the residual: those
 * that there are. Only the device of the WebAssembly kernels holds convolutions back, so there is no gpu source.
 */
export const fusedConv2dKernel: Kernel<FusedConv2dParams> = defineKernel<FusedConv2dParams>({
  name: "conv2dFused",
  deferrable: "once",
  // A sum with a tensor of the same shape, then a relu, and max-pooling in place of a sum, become part of it too.
  absorb(consumer, consumerParams, inputs, position) {
    const { producer } = inputs[position]!;
    const params = producer!.params as FusedConv2dParams;
    const own = producer!.inputs.map((source) => source.operand);
    if (params.pools) return null;
    if (!params.residual && isPooled(consumer, consumerParams, params.geometry))
      return { kernel: fusedConv2dKernel, inputs: own, params: { ...params, pools: true } };
    if (params.relu) return null;
    if (consumer.role === "relu") return { kernel: fusedConv2dKernel, inputs: own, params: { ...params, relu: true } };
    const addend = params.residual ? null : addendOf(consumer, inputs, position);
    if (addend === null) return null;
    return { kernel: fusedConv2dKernel, inputs: [...own, addend], params: { ...params, residual: true } };
  },
  pictures: {
    chains: pictureChains,
    splits: ({ residual }, index, inputs) => index === 0 || (residual && index === inputs - 1),
    parameters: (params, count) => ({ ...params, geometry: { ...params.geometry, images: count } }),
  },
  wasm(context, inputs, [y], { geometry, bias, normalize, residual, relu, pools }) {
    let next = 0;
    const take = (present: boolean) => (present ? inputs[next++]!.ptr : 0);
    const own = [take(true), take(true), take(bias)] as const;
    const constants = normalize === null ? 0 : channelConstants(context, inputs[next + 1]!.size, normalize, take);
    const finish = context.struct<Finish>(constants, take(residual), relu ? 1 : 0, pools ? 1 : 0);
    methodFor(geometry).correlate(context, geometry, false, ...own, y!.ptr, finish);
  },
  flops: (_inputs, _outputs, { geometry }) => conv2dFlops(geometry),
});

/** Address of centre, factor and shift of each channel. */
function channelConstants(
  context: WasmContext,
  channels: number,
  { rest, weight, bias, eps }: NormalizeParams,
  take: (present: boolean) => number,
): Address {
  const made = context.scratch(12 * channels);
  const operands = [take(true), take(true), take(rest), take(weight), take(bias)] as const;
  context.call(conv2dModule, "channelConstants", 0, channels, ...operands, eps, made);
  return made;
}

/** A relu, a batch norm or max-pooling that reads a convolution becomes part of it. */
export const absorbIntoConv2d: NonNullable<Kernel["absorb"]> = (consumer, consumerParams, inputs, position) => {
  const { operand, producer } = inputs[position]!;
  const geometry = producer!.params as Conv2dGeometry;
  const own = producer!.inputs.map((source) => source.operand);
  const plain: FusedConv2dParams = {
    geometry,
    bias: own.length === 3,
    normalize: null,
    residual: false,
    relu: false,
    pools: false,
  };
  if (consumer.role === "relu") return { kernel: fusedConv2dKernel, inputs: own, params: { ...plain, relu: true } };
  if (isPooled(consumer, consumerParams, geometry))
    return { kernel: fusedConv2dKernel, inputs: own, params: { ...plain, pools: true } };
  if (consumer.role === "batchNorm" && position === 0) {
    const others = inputs.slice(1).map((source) => source.operand);
    if (others.some(({ handle }) => handle === operand.handle)) return null;
    const normalize = consumerParams as NormalizeParams;
    const { residual, relu } = normalize;
    const params: FusedConv2dParams = { ...plain, normalize, residual, relu };
    return { kernel: fusedConv2dKernel, inputs: [...own, ...others], params };
  }
  return null;
};

function isPooled(consumer: AnyKernel, params: unknown, geometry: Conv2dGeometry): boolean {
  return consumer.role === "maxPool2dValues" && poolsPairs(params as PoolWindows) && methodFor(geometry).pools;
}
