import { normalizeReluPoolGpu, pooledBatchNormGradGpu } from "../../kernels/batch-norm/fused-gpu.ts";
import { batchNormGradGpu } from "../../kernels/batch-norm/grad-gpu.ts";
import { normalizeGpu } from "../../kernels/batch-norm/normalize-gpu.ts";
import { channelStatisticsGpu, runningUpdateGpu } from "../../kernels/batch-norm/statistics-gpu.ts";
import { conv2dGpu, conv2dInputGradGpu } from "../../kernels/conv2d/gpu.ts";
import { conv2dWeightGradGpu } from "../../kernels/conv2d/weight-grad-gpu.ts";
import { elementwiseChainGpu, elementwiseGpu } from "../../kernels/elementwise/gpu.ts";
import { gatherGpu, lastPositionsGpu, scatterGpu } from "../../kernels/gather-gpu.ts";
import { pickGridGpu, scatterGridGpu } from "../../kernels/grid-gpu.ts";
import { crossEntropyGpu, crossEntropyGradGpu, nllGradGpu, nllGpu } from "../../kernels/loss-gpu.ts";
import { matmulGpu } from "../../kernels/matmul/gpu.ts";
import { catGpu, fillGpu, placeGpu, readGpu } from "../../kernels/movement-gpu.ts";
import { adamGpu, sgdGpu } from "../../kernels/optimizer-gpu.ts";
import { averagePool2dGradGpu, averagePool2dGpu } from "../../kernels/pool2d/average-pool2d-gpu.ts";
import {
  maxPool2dGradGpu,
  maxPool2dGpu,
  maxPool2dValuesGpu,
  takeMaximaGpu,
} from "../../kernels/pool2d/max-pool2d-gpu.ts";
import { keepMaskGpu, normalGpu, uniformGpu } from "../../kernels/random-gpu.ts";
import { amaxGpu, aminGpu, argExtremeGpu, sumGpu, sumSquaresGpu } from "../../kernels/reduce-gpu.ts";
import { cumprodGpu, cumsumGpu, recurrenceGpu } from "../../kernels/scan-gpu.ts";
import { softmaxGpu } from "../../kernels/softmax-gpu.ts";
import { sortGpu } from "../../kernels/sort-gpu.ts";
import type { GpuHalf, GpuHalfName, Kernel } from "../kernel.ts";

/** The halves that kernels name. Only the gpu devices and float64 import this file, so that other programs carry none. */
// oxlint-disable-next-line typescript/no-explicit-any
const halves: Readonly<Record<GpuHalfName, GpuHalf<any>>> = {
  adamStep: adamGpu,
  amax: amaxGpu,
  amin: aminGpu,
  argExtreme: argExtremeGpu,
  averagePool2d: averagePool2dGpu,
  averagePool2dGrad: averagePool2dGradGpu,
  batchNorm: normalizeGpu,
  batchNormGrad: batchNormGradGpu,
  batchNormReluMaxPool2d: normalizeReluPoolGpu,
  batchNormReluMaxPool2dGrad: pooledBatchNormGradGpu,
  cat: catGpu,
  channelStatistics: channelStatisticsGpu,
  conv2d: conv2dGpu,
  conv2dInputGrad: conv2dInputGradGpu,
  conv2dWeightGrad: conv2dWeightGradGpu,
  crossEntropy: crossEntropyGpu,
  crossEntropyGrad: crossEntropyGradGpu,
  cumprod: cumprodGpu,
  cumsum: cumsumGpu,
  elementwise: elementwiseGpu,
  elementwiseChain: elementwiseChainGpu,
  fill: fillGpu,
  gather: gatherGpu,
  keepMask: keepMaskGpu,
  lastPositions: lastPositionsGpu,
  linearRecurrence: recurrenceGpu,
  matmul: matmulGpu,
  maxPool2d: maxPool2dGpu,
  maxPool2dGrad: maxPool2dGradGpu,
  maxPool2dValues: maxPool2dValuesGpu,
  nll: nllGpu,
  nllGrad: nllGradGpu,
  normal: normalGpu,
  pickGrid: pickGridGpu,
  place: placeGpu,
  read: readGpu,
  runningStatistics: runningUpdateGpu,
  scatter: scatterGpu,
  scatterGrid: scatterGridGpu,
  sgdStep: sgdGpu,
  softmax: softmaxGpu,
  sort: sortGpu,
  sum: sumGpu,
  sumSquares: sumSquaresGpu,
  takeMaxima: takeMaximaGpu,
  uniform: uniformGpu,
};

/** How a kernel is computed by gpu devices: the half that it names, or its own. */
export function gpuHalfOf<P>(kernel: Kernel<P>): GpuHalf<P> {
  return kernel.gpuHalf === undefined ? kernel : halves[kernel.gpuHalf];
}
