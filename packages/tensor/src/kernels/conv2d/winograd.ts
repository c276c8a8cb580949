import type { Address, Pointer, WasmContext } from "../../devices/wasm/context.ts";
import { DerivedValues } from "../../devices/wasm/derived.ts";
import {
  type Correlation,
  ELEMENTS,
  KERNEL_SCRATCH,
  type Tiles,
  type WeightGradient,
  winogradModule,
} from "../../devices/wasm/generated/winograd.ts";
import { PIECE_WORK } from "../lib/pieces.ts";
import type { Conv2dMethod } from "./conv2d-method.ts";
import { type Conv2dGeometry, isPairOf, type Pair, type Planes, toInput, toOutput } from "./geometry.ts";
import { planeStride } from "./layout.ts";
import { CHUNK_CHANNELS, partialSums } from "./pieces.ts";

/** Rows and columns of a tile's results, and taps of the kernel. */
const TILE = 4;
const TAPS = 9;

/** Sums of fewer products are made directly. Of numbers with few digits, as in tests, they are often exact then. */
const MIN_CHANNELS = 16;
/** How many multiply–adds take as long as transforming a tile of one channel; measured. */
const TRANSFORM_WORK = 180;
/** How many take as long as transforming four kernels; measured. */
const KERNEL_WORK = 1024;
/** With more padding there are mostly zeros to multiply. */
const MAX_PADDING = 2;

/**
 * Whether Winograd's method can compute a convolution and its gradients, and is the faster one. All three take about as long.
 * What counts is products of padded blocks of channels, and transforms of tiles, of which some stick out of the image.
 */
export function winogradWins(geometry: Conv2dGeometry): boolean {
  const { inChannels, outChannels, groups, output, kernel, stride, dilation, padding } = geometry;
  const fits =
    groups === 1 &&
    isPairOf(3, kernel) &&
    isPairOf(1, stride) &&
    isPairOf(1, dilation) &&
    // In less than a tile, too few products are summed to make up for the rounding of the transforms.
    Math.min(output[0], output[1]) >= TILE &&
    Math.max(padding[0], padding[1]) <= MAX_PADDING;
  if (!fits || Math.min(inChannels, outChannels) < MIN_CHANNELS) return false;
  const { rows, columns } = tile(output);
  const products = ELEMENTS * 4 * Math.ceil(inChannels / 4) * 8 * Math.ceil(outChannels / 8);
  const work = rows * columns * (products + TRANSFORM_WORK * (inChannels + outChannels));
  return work < TAPS * output[0] * output[1] * inChannels * outChannels;
}

/** For 3 × 3 kernels with stride 1. */
export const winograd: Conv2dMethod = {
  pools: true,

  // To dx, it is a correlation of dy with the weights turned around, from their last tap to their first, channels swapped.
  correlate(context, geometry, back, x, weight, bias, y, finish) {
    const { images, padding } = geometry;
    const { source, result, laneStep, channelStep } = back ? toInput(geometry) : toOutput(geometry);
    const reach = back ? ([2 - padding[0], 2 - padding[1]] as const) : padding;
    const tiling = tile(result.extent);
    const blocks = Math.ceil(result.channels / 4);
    const weightPlane = 16 * source.channels + 64;
    // How many channels the other side has follows from the size of the weights.
    const key = back ? -result.channels : result.channels;
    const weights = context.derive(DerivedValues, weight, key, blocks * ELEMENTS * weightPlane, (made) => {
      const read = [weight, result.channels, 4 * laneStep, source.channels, 4 * channelStep, Number(back)] as const;
      const written = [made, weightPlane, kernelScratch(context)] as const;
      const grain = Math.ceil(PIECE_WORK / (KERNEL_WORK * source.channels));
      context.parallel(winogradModule, "transformKernels", blocks, grain, ...read, ...written);
    });
    const total = images * tiling.rows * tiling.columns;
    const block = Math.min(blockFor(source.channels), 8 * Math.ceil(total / 8));
    const tilePlane = planeStride(4 * block * source.channels);
    const scratchBytes = ELEMENTS * (tilePlane + 16 * block) + workspaceBytes(tiling, block);
    const tiles = writeTiles(context, source, reach, tiling, block, result);
    const planes = [tilePlane, weightPlane] as const;
    const plan = context.struct<Correlation>(tiles, total, block, ...planes, scratchBytes, finish);
    const grain = 2 * Math.ceil(PIECE_WORK / (2 * ELEMENTS * source.channels * blocks * 16));
    const scratch = context.scratchPerThread(scratchBytes);
    context.parallel(winogradModule, "correlate", Math.ceil(total / 4), grain, plan, x, weights, bias, y, scratch);
  },

  // Products of tiles of dy and x summed over all tiles, and over the images in a fixed order.
  weightGrad(context, geometry, dy, x, dweight) {
    const { images, inChannels, outChannels, output, padding } = geometry;
    const { source, result } = toOutput(geometry);
    const tiling = tile(output);
    const rows = 4 * Math.ceil(inChannels / 4);
    const blocks = Math.ceil(outChannels / 8);
    const chunk = Math.min(8 * blocks, CHUNK_CHANNELS);
    const chunks = Math.ceil(outChannels / chunk);
    const sumPlane = 32 * rows;
    const partials = partialSums(images, ELEMENTS * 8 * blocks * rows, PARTIAL_VALUES);
    const tiles = tiling.rows * tiling.columns;
    const block = Math.min(blockFor(inChannels + chunk), 4 * Math.ceil((tiles * Math.ceil(images / partials)) / 4));
    const tilePlane = planeStride(4 * block * rows);
    const gradientPlane = planeStride(4 * block * chunk);
    const scratchBytes = ELEMENTS * (tilePlane + gradientPlane) + workspaceBytes(tiling, block);
    const cut = writeTiles(context, source, padding, tiling, block, result);
    const planes = [tilePlane, gradientPlane, sumPlane] as const;
    const plan = context.struct<WeightGradient>(cut, images, partials, chunk, block, ...planes, scratchBytes);
    const sums = context.scratch(partials * blocks * ELEMENTS * sumPlane);
    const work = (images * tiles * ELEMENTS * inChannels * chunk) / partials;
    const scratch = context.scratchPerThread(scratchBytes);
    const pieces = partials * chunks;
    context.parallel(winogradModule, "accumulate", pieces, Math.ceil(PIECE_WORK / work), plan, x, dy, sums, scratch);
    const vectors = (blocks * ELEMENTS * sumPlane) / 16;
    if (partials > 1) {
      const grain = Math.ceil(PIECE_WORK / (8 * partials));
      context.parallel(winogradModule, "addPartials", vectors, grain, sums, partials, 16 * vectors);
    }
    const operands = [sums, sumPlane, inChannels, outChannels, dweight, kernelScratch(context)] as const;
    context.parallel(winogradModule, "finishKernels", blocks * inChannels, Math.ceil(PIECE_WORK / 512), ...operands);
  },
};

/** Where threads turn kernels into tiles, or back. */
function kernelScratch(context: WasmContext): Address {
  return context.scratchPerThread(KERNEL_SCRATCH);
}

/** So many values may all partial sums have. */
const PARTIAL_VALUES = 2 ** 18;

/** Rows of tiles of an image, and tiles in each. */
interface Tiling {
  readonly rows: number;
  readonly columns: number;
}

function tile(result: Pair): Tiling {
  return { rows: Math.ceil(result[0] / TILE), columns: Math.ceil(result[1] / TILE) };
}

function writeTiles(
  context: WasmContext,
  { channels, extent }: Planes,
  padding: Pair,
  tiling: Tiling,
  block: number,
  result: Planes,
): Pointer<Tiles> {
  const { rows, columns } = tiling;
  const line = lineBytes(tiling, block);
  return context.struct<Tiles>(channels, ...extent, ...padding, rows, columns, result.channels, ...result.extent, line);
}

/** Tiles that are transformed and multiplied at once: enough that weights are reused, few enough to stay in the cache. */
function blockFor(channels: number): number {
  return channels <= 32 ? 64 : 32;
}

/** Bytes of one line of a block of tiles. Each row of tiles has four more columns, and the first row may be incomplete. */
function lineBytes({ columns }: Tiling, block: number): number {
  return planeStride(16 * (block + Math.ceil(block / columns) + 1));
}

/** Bytes of what `prepareWorkspace` of wasm-src/lib/winograd-tiles.ts lays out. */
function workspaceBytes(tiling: Tiling, block: number): number {
  return 80 + 2 * (16 * tiling.columns + 16) + 48 * 16 + 16 * block + 6 * lineBytes(tiling, block);
}
