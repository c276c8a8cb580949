import type { WasmContext } from "../devices/wasm/context.ts";
import { conv2dModule } from "../devices/wasm/generated/conv2d.ts";
import { forwardAxis, inputGradAxis } from "./conv2d-axes.ts";
import type { AxisPlan } from "./conv2d-axes.ts";
import { tapsOf } from "./conv2d-geometry.ts";
import type { Conv2dGeometry, Pair } from "./conv2d-geometry.ts";
import { layoutPlanes, planeStride, tapOffsets } from "./conv2d-layout.ts";
import type { TapOffset } from "./conv2d-layout.ts";

/** Multiply–adds in the smallest piece that is worth a thread's while. */
const PIECE_WORK = 65536;
/** From so many images on, a piece takes whole ones, so that each is laid out once. */
const WHOLE_IMAGES = 16;

/** y = conv(x, weight) + bias. */
export function forward(
  context: WasmContext,
  x: number,
  weight: number,
  bias: number | null,
  y: number,
  geometry: Conv2dGeometry,
): void {
  const { inChannels, outChannels, groups, input, output } = geometry;
  correlate(context, x, weight, bias, y, geometry, {
    axes: [forwardAxis(geometry, 0), forwardAxis(geometry, 1)],
    source: { channels: inChannels / groups, extent: input },
    result: { channels: outChannels / groups, extent: output },
    laneStep: (inChannels / groups) * tapsOf(geometry),
    channelStep: tapsOf(geometry),
  });
}

/** dx, given dy: a correlation of dy with the weights, channels swapped. */
export function inputGrad(
  context: WasmContext,
  dy: number,
  weight: number,
  dx: number,
  geometry: Conv2dGeometry,
): void {
  const { inChannels, outChannels, groups, input, output } = geometry;
  correlate(context, dy, weight, null, dx, geometry, {
    axes: [inputGradAxis(geometry, 0), inputGradAxis(geometry, 1)],
    source: { channels: outChannels / groups, extent: output },
    result: { channels: inChannels / groups, extent: input },
    laneStep: tapsOf(geometry),
    channelStep: (inChannels / groups) * tapsOf(geometry),
  });
}

/** What differs between a convolution and its input gradient. Channels are those of a group. */
interface Direction {
  readonly axes: readonly [rows: AxisPlan, columns: AxisPlan];
  readonly source: { readonly channels: number; readonly extent: Pair };
  readonly result: { readonly channels: number; readonly extent: Pair };
  /** Distance, in the weights of a group, of channels of the result, and of channels of the source. */
  readonly laneStep: number;
  readonly channelStep: number;
}

function correlate(
  context: WasmContext,
  source: number,
  weight: number,
  bias: number | null,
  result: number,
  geometry: Conv2dGeometry,
  direction: Direction,
): void {
  const { images, groups } = geometry;
  const [rows, columns] = direction.axes;
  const { channels, extent } = direction.result;
  const width = lanesFor(channels);
  const blocks = Math.ceil(channels / width);
  const layout = layoutPlanes(context, direction.source.channels, direction.source.extent, rows, columns);
  const block = { groupStep: 4 * weightsOfGroup(geometry), laneStep: 4 * direction.laneStep, channels, width, blocks };
  let work = 0;
  let longest = 0;
  const phases = rows.results.flatMap((y, i) =>
    columns.results.map((x, j) => {
      const taps = tapOffsets(layout, rows, columns, i, j);
      const all = overChannels(taps, direction.source.channels, layout.plane);
      const weights = packWeights(context, weight, groups, block, weightOffsets(taps, geometry, direction));
      const count = (y.count - 1) * columns.pitch + x.count;
      work += all.length * count * width;
      longest = Math.max(longest, count);
      return [all.length, context.ints(all), weights, count, y.count, x.count, 4 * (y.first * extent[1] + x.first)];
    }),
  );
  const start =
    bias === null
      ? context.ints(new Array<number>(groups * blocks * width).fill(0))
      : packWeights(context, bias, groups, { ...block, groupStep: 4 * channels, laneStep: 4 }, [0]);
  const sumPlane = planeStride(4 * longest + 64);
  const scratchBytes = layout.bytes + width * sumPlane;
  const plan = context.ints([
    layout.address,
    groups,
    channels,
    width,
    blocks,
    4 * extent[0] * extent[1],
    4 * extent[1] * rows.resultStep,
    columns.resultStep,
    context.ints(phases.flat()),
    phases.length,
    start,
    sumPlane,
    scratchBytes,
  ]);
  const unit = images * groups >= WHOLE_IMAGES ? blocks : 1;
  // Where the kernel misses the input, as a stride beyond its reach may, there is nothing to multiply.
  const grain = unit * Math.ceil(PIECE_WORK / Math.max(1, work * unit));
  context.parallel(
    conv2dModule,
    "correlate",
    images * groups * blocks,
    grain,
    plan,
    source,
    result,
    context.scratchPerThread(scratchBytes),
  );
}

/** dweight, given dy: products of dy and x summed over all positions, and over the images in a fixed order. */
export function weightGrad(
  context: WasmContext,
  dy: number,
  x: number,
  dweight: number,
  geometry: Conv2dGeometry,
): void {
  const { images, inChannels, outChannels, groups, input, output } = geometry;
  const axes: readonly [AxisPlan, AxisPlan] = [forwardAxis(geometry, 0), forwardAxis(geometry, 1)];
  const [rows, columns] = axes;
  const sourceChannels = inChannels / groups;
  const channels = outChannels / groups;
  const width = lanesFor(channels);
  const blocks = Math.ceil(channels / width);
  const layout = layoutPlanes(context, sourceChannels, input, rows, columns);
  const taps = tapOffsets(layout, rows, columns, 0, 0);
  const offsets = overChannels(taps, sourceChannels, layout.plane);
  const own = weightOffsets(taps, geometry, { source: { channels: sourceChannels }, channelStep: tapsOf(geometry) });
  const step = width === 4 ? 2 : 4;
  while (offsets.length % step !== 0) offsets.push(offsets.at(-1)!);

  const count = 4 * Math.ceil(((output[0] - 1) * columns.pitch + output[1]) / 4);
  const gradientPlane = planeStride(4 * count);
  const [height, breadth] = output;
  const gradient = context.ints([
    channels,
    4 * height * breadth,
    4 * breadth,
    1,
    gradientPlane,
    layout.row,
    context.ints([0, 0, height, breadth]),
    1,
  ]);
  const partials = partialSums(images, outChannels * offsets.length);
  const chunk = Math.min(blocks, CHUNK_CHANNELS / width);
  const scratchBytes = layout.bytes + chunk * width * gradientPlane;
  const plan = context.ints([
    layout.address,
    gradient,
    groups,
    width,
    blocks,
    chunk,
    images,
    partials,
    context.ints(offsets),
    offsets.length,
    count,
    scratchBytes,
  ]);
  const partialBytes = 4 * groups * blocks * width * offsets.length;
  const sums = context.scratch(partials * partialBytes);
  const units = partials * groups * Math.ceil(blocks / chunk);
  const work = (chunk * width * offsets.length * count * images) / partials;
  context.parallel(
    conv2dModule,
    "accumulate",
    units,
    Math.ceil(PIECE_WORK / work),
    plan,
    x,
    dy,
    sums,
    context.scratchPerThread(scratchBytes),
  );
  context.parallel(
    conv2dModule,
    "addPartials",
    groups * blocks,
    Math.ceil(PIECE_WORK / (width * own.length * partials)),
    sums,
    partials,
    partialBytes,
    offsets.length,
    dweight,
    4 * weightsOfGroup(geometry),
    4 * sourceChannels * tapsOf(geometry),
    channels,
    width,
    blocks,
    context.ints(own),
    own.length,
  );
}

/** Channels whose gradients are laid out at once: the fewer, the more often images are. */
const CHUNK_CHANNELS = 32;
/** Sums over parts of a batch, made independently and added in order. Few of them for many weights: they take memory. */
const MAX_PARTIALS = 16;
const MAX_PARTIAL_VALUES = 2 ** 20;

function partialSums(images: number, values: number): number {
  return Math.max(1, Math.min(images, MAX_PARTIALS, Math.floor(MAX_PARTIAL_VALUES / values)));
}

/** How many channels are computed at once: four, unless most lanes would be idle. */
function lanesFor(channels: number): 1 | 4 {
  return channels <= 2 ? 1 : 4;
}

function weightsOfGroup(geometry: Conv2dGeometry): number {
  return (geometry.outChannels / geometry.groups) * (geometry.inChannels / geometry.groups) * tapsOf(geometry);
}

/** The taps of all channels of the source, channel by channel: offsets in bytes. */
function overChannels(taps: readonly TapOffset[], channels: number, plane: number): number[] {
  const offsets: number[] = [];
  for (let channel = 0; channel < channels; channel++)
    for (const { offset } of taps) offsets.push(channel * plane + offset);
  return offsets;
}

/** Where the weights of those taps lie in the weights of a group: offsets in bytes. */
function weightOffsets(
  taps: readonly TapOffset[],
  { kernel }: Conv2dGeometry,
  { source, channelStep }: { readonly source: { readonly channels: number }; readonly channelStep: number },
): number[] {
  const offsets: number[] = [];
  for (let channel = 0; channel < source.channels; channel++) {
    for (const { row, column } of taps) offsets.push(4 * (channel * channelStep + row * kernel[1] + column));
  }
  return offsets;
}

interface Blocks {
  readonly groupStep: number;
  readonly laneStep: number;
  readonly channels: number;
  readonly width: number;
  readonly blocks: number;
}

/** Address of weights[group][block][tap][lane]. */
function packWeights(
  context: WasmContext,
  weight: number,
  groups: number,
  block: Blocks,
  offsets: readonly number[],
): number {
  const { groupStep, laneStep, channels, width, blocks } = block;
  const units = groups * blocks;
  const packed = context.scratch(4 * units * offsets.length * width);
  context.parallel(
    conv2dModule,
    "packWeights",
    units,
    Math.ceil(PIECE_WORK / (4 * offsets.length + 1)),
    weight,
    groupStep,
    laneStep,
    channels,
    width,
    blocks,
    context.ints(offsets),
    offsets.length,
    packed,
  );
  return packed;
}
