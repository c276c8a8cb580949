import type { WasmContext } from "../devices/wasm/context.ts";
import { winogradModule } from "../devices/wasm/generated/winograd.ts";
import type { Conv2dGeometry, Pair } from "./conv2d-geometry.ts";
import { planeStride } from "./conv2d-layout.ts";

/** Multiply–adds in the smallest piece that is worth a thread's while. */
const PIECE_WORK = 65536;
/** Elements of a tile, and taps of the kernel. */
const ELEMENTS = 16;
const TAPS = 9;

/** With fewer channels, transforming tiles costs more than it saves. */
const MIN_IN_CHANNELS = 3;
const MIN_OUT_CHANNELS = 8;
/** Beyond this there are mostly zeros to multiply. */
const MAX_PADDING = 2;
/** The direct method's products for one of Winograd's, of which there are the more, the more tiles stick out of the image. */
const MIN_SAVING = 1.1;

/**
 * Whether Winograd's method can compute a convolution and its gradients, and is the faster one. The bounds are measured;
 * they are the same for all three, which differ little.
 */
export function winogradWins(geometry: Conv2dGeometry): boolean {
  const { inChannels, outChannels, groups, output, kernel, stride, dilation, padding } = geometry;
  const fits =
    groups === 1 &&
    both(kernel, (extent) => extent === 3) &&
    both(stride, (step) => step === 1) &&
    both(dilation, (step) => step === 1) &&
    both(padding, (zeros) => zeros <= MAX_PADDING);
  if (!fits || inChannels < MIN_IN_CHANNELS || outChannels < MIN_OUT_CHANNELS) return false;
  const { rows, quads } = tile(output);
  return TAPS * output[0] * output[1] >= MIN_SAVING * 4 * ELEMENTS * rows * quads;
}

function both([rows, columns]: Pair, holds: (value: number) => boolean): boolean {
  return holds(rows) && holds(columns);
}

/** y = conv(x, weight) + bias. `finish` is the address of a `Finish` of wasm-src/lib/finish.ts, or 0. */
export function winogradForward(
  context: WasmContext,
  x: number,
  weight: number,
  bias: number | null,
  y: number,
  geometry: Conv2dGeometry,
  finish: number = 0,
): void {
  const { inChannels, outChannels, input, output, padding } = geometry;
  correlate(context, x, weight, bias, y, finish, {
    images: geometry.images,
    source: { channels: inChannels, extent: input, padding },
    result: { channels: outChannels, extent: output },
    laneStep: 4 * TAPS * inChannels,
    channelStep: 4 * TAPS,
    turned: false,
  });
}

/** dx, given dy: a correlation of dy with the weights turned around, channels swapped. */
export function winogradInputGrad(
  context: WasmContext,
  dy: number,
  weight: number,
  dx: number,
  geometry: Conv2dGeometry,
): void {
  const { inChannels, outChannels, input, output, padding } = geometry;
  correlate(context, dy, weight, null, dx, 0, {
    images: geometry.images,
    source: { channels: outChannels, extent: output, padding: [2 - padding[0], 2 - padding[1]] },
    result: { channels: inChannels, extent: input },
    laneStep: 4 * TAPS,
    channelStep: 4 * TAPS * inChannels,
    turned: true,
  });
}

/** What differs between a convolution and its input gradient. */
interface Direction {
  readonly images: number;
  readonly source: Planes & { readonly padding: Pair };
  readonly result: Planes;
  /** Distance, in the weights, of channels of the result, and of channels of the source, in bytes. */
  readonly laneStep: number;
  readonly channelStep: number;
  /** Whether kernels are read from their last tap to their first. */
  readonly turned: boolean;
}

interface Planes {
  readonly channels: number;
  readonly extent: Pair;
}

function correlate(
  context: WasmContext,
  x: number,
  weight: number,
  bias: number | null,
  y: number,
  finish: number,
  { images, source, result, laneStep, channelStep, turned }: Direction,
): void {
  const tiling = tile(result.extent);
  const blocks = Math.ceil(result.channels / 4);
  const weightPlane = 16 * source.channels + 64;
  const weights = context.scratch(blocks * ELEMENTS * weightPlane);
  context.parallel(
    winogradModule,
    "transformKernels",
    blocks,
    Math.ceil(PIECE_WORK / (32 * source.channels)),
    weight,
    result.channels,
    laneStep,
    source.channels,
    channelStep,
    Number(turned),
    weights,
    weightPlane,
  );
  const total = images * tiling.rows * tiling.quads;
  const block = Math.min(blockFor(source.channels), total + (total & 1));
  const tilePlane = planeStride(16 * block * source.channels);
  const scratchBytes = ELEMENTS * (tilePlane + 64 * block) + borderBytes(tiling);
  const plan = context.ints([
    putTiles(context, source, tiling, result),
    block,
    tilePlane,
    weightPlane,
    scratchBytes,
    finish,
  ]);
  const grain = 2 * Math.ceil(PIECE_WORK / (2 * ELEMENTS * source.channels * blocks * 16));
  context.parallel(
    winogradModule,
    "correlate",
    total,
    grain,
    plan,
    x,
    weights,
    bias ?? 0,
    y,
    context.scratchPerThread(scratchBytes),
  );
}

/** dweight, given dy: products of tiles of dy and x summed over all tiles, and over the images in a fixed order. */
export function winogradWeightGrad(
  context: WasmContext,
  dy: number,
  x: number,
  dweight: number,
  geometry: Conv2dGeometry,
): void {
  const { images, inChannels, outChannels, input, output, padding } = geometry;
  const source = { channels: inChannels, extent: input, padding };
  const tiling = tile(output);
  const rows = 4 * Math.ceil(inChannels / 4);
  const blocks = Math.ceil(outChannels / 8);
  const chunk = Math.min(8 * blocks, CHUNK_CHANNELS);
  const chunks = Math.ceil(outChannels / chunk);
  const sumPlane = 32 * rows;
  const partials = partialSums(images, ELEMENTS * 8 * blocks * rows);
  const quads = tiling.rows * tiling.quads;
  const block = Math.min(blockFor(inChannels + chunk), quads * Math.ceil(images / partials));
  const tilePlane = planeStride(16 * block * rows);
  const gradientPlane = planeStride(16 * block * chunk);
  const scratchBytes = ELEMENTS * (tilePlane + gradientPlane) + borderBytes(tiling);
  const plan = context.ints([
    putTiles(context, source, tiling, { channels: outChannels, extent: output }),
    images,
    partials,
    chunk,
    block,
    tilePlane,
    gradientPlane,
    sumPlane,
    scratchBytes,
  ]);
  const sums = context.scratch(partials * blocks * ELEMENTS * sumPlane);
  const work = (images * quads * ELEMENTS * inChannels * chunk * 4) / partials;
  context.parallel(
    winogradModule,
    "accumulate",
    partials * chunks,
    Math.ceil(PIECE_WORK / work),
    plan,
    x,
    dy,
    sums,
    context.scratchPerThread(scratchBytes),
  );
  const vectors = (blocks * ELEMENTS * sumPlane) / 16;
  if (partials > 1) {
    const grain = Math.ceil(PIECE_WORK / (8 * partials));
    context.parallel(winogradModule, "addPartials", vectors, grain, sums, partials, 16 * vectors);
  }
  context.parallel(
    winogradModule,
    "finishKernels",
    blocks * inChannels,
    Math.ceil(PIECE_WORK / 512),
    sums,
    sumPlane,
    inChannels,
    outChannels,
    dweight,
  );
}

/** Channels of dy that a thread has tiles of at once: the fewer, the more often those of x are transformed. */
const CHUNK_CHANNELS = 32;
/** Sums over parts of a batch, made independently and added in order. Few of them for many weights: they take memory. */
const MAX_PARTIALS = 16;
const MAX_PARTIAL_VALUES = 2 ** 18;

function partialSums(images: number, values: number): number {
  return Math.max(1, Math.min(images, MAX_PARTIALS, Math.floor(MAX_PARTIAL_VALUES / values)));
}

/** Rows of tiles of an image, and quads in each: four tiles side by side, two columns of the result each. */
interface Tiling {
  readonly rows: number;
  readonly quads: number;
}

function tile(result: Pair): Tiling {
  return { rows: Math.ceil(result[0] / 2), quads: Math.ceil(result[1] / 8) };
}

/** Address of the `Tiles` of wasm-src/lib/winograd-tiles.ts. */
function putTiles(
  context: WasmContext,
  { channels, extent, padding }: Direction["source"],
  { rows, quads }: Tiling,
  result: Planes,
): number {
  return context.ints([channels, ...extent, ...padding, rows, quads, result.channels, ...result.extent]);
}

/** Quads that are transformed and multiplied at once: enough that weights are reused, few enough to stay in the cache. */
function blockFor(channels: number): number {
  return channels <= 32 ? 16 : 8;
}

/** Bytes of what `prepareBorders` makes. */
function borderBytes({ quads }: Tiling): number {
  return 2 * (32 * quads + 32);
}
