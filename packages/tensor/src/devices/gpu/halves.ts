import { batchNormReluMaxPool2d, batchNormReluMaxPool2dGrad } from "../../kernels/batch-norm/fused-gpu.ts";
import { batchNormGrad } from "../../kernels/batch-norm/grad-gpu.ts";
import { batchNorm } from "../../kernels/batch-norm/normalize-gpu.ts";
import { channelStatistics, runningStatistics } from "../../kernels/batch-norm/statistics-gpu.ts";
import { conv2d, conv2dInputGrad } from "../../kernels/conv2d/gpu.ts";
import { conv2dWeightGrad } from "../../kernels/conv2d/weight-grad-gpu.ts";
import { elementwiseChain, elementwise } from "../../kernels/elementwise/gpu.ts";
import { gather, lastPositions, scatter } from "../../kernels/gather-gpu.ts";
import { pickGrid, scatterGrid } from "../../kernels/grid-gpu.ts";
import { crossEntropy, crossEntropyGrad, nllGrad, nll } from "../../kernels/loss-gpu.ts";
import { matmul } from "../../kernels/matmul/gpu.ts";
import { cat, fill, place, read } from "../../kernels/movement-gpu.ts";
import { adamStep, sgdStep } from "../../kernels/optimizer-gpu.ts";
import { averagePool2dGrad, averagePool2d } from "../../kernels/pool2d/average-pool2d-gpu.ts";
import { maxPool2dGrad, maxPool2d, maxPool2dValues, maxPool2dTake } from "../../kernels/pool2d/max-pool2d-gpu.ts";
import { keepMask, normal, uniform } from "../../kernels/random-gpu.ts";
import { amax, amin, argExtreme, sum, sumSquares } from "../../kernels/reduce-gpu.ts";
import { cumprod, cumsum, linearRecurrence } from "../../kernels/scan-gpu.ts";
import { softmax } from "../../kernels/softmax-gpu.ts";
import { sort } from "../../kernels/sort-gpu.ts";
import type { GpuHalf, GpuHalfName, Kernel } from "../kernel.ts";

/** The halves that kernels name. Only the gpu devices and float64 import this file, so that other programs carry none. */
// oxlint-disable-next-line typescript/no-explicit-any
const halves: Readonly<Record<GpuHalfName, GpuHalf<any>>> = {
  adamStep,
  amax,
  amin,
  argExtreme,
  averagePool2d,
  averagePool2dGrad,
  batchNorm,
  batchNormGrad,
  batchNormReluMaxPool2d,
  batchNormReluMaxPool2dGrad,
  cat,
  channelStatistics,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  crossEntropy,
  crossEntropyGrad,
  cumprod,
  cumsum,
  elementwise,
  elementwiseChain,
  fill,
  gather,
  keepMask,
  lastPositions,
  linearRecurrence,
  matmul,
  maxPool2d,
  maxPool2dGrad,
  maxPool2dTake,
  maxPool2dValues,
  nll,
  nllGrad,
  normal,
  pickGrid,
  place,
  read,
  runningStatistics,
  scatter,
  scatterGrid,
  sgdStep,
  softmax,
  sort,
  sum,
  sumSquares,
  uniform,
};

/** How a kernel is computed by gpu devices: the half that it names, or its own. */
export function gpuHalfOf<P>(kernel: Kernel<P>): GpuHalf<P> {
  return kernel.gpuHalf === undefined ? kernel : halves[kernel.gpuHalf];
}
