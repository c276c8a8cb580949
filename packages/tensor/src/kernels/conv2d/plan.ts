// What the WebAssembly kernels need to know about a convolution and what does not change from call to call. Making it takes
// longer than convolving one small image, so plans are kept by geometry.
import { sameShape } from "../../tensor/shape.ts";
import { type AxisPlan, forwardAxis, inputGradAxis } from "./axes.ts";
import { type Conv2dGeometry, type Direction, tapsOf, toInput, toOutput } from "./geometry.ts";
import { type DenseSteps, denseSteps, layoutPlanes, type PlaneLayout, planeStride, tapOffsets } from "./layout.ts";

/** A phase of the result: positions that the same taps make. */
export interface PhasePlan {
  /** Where the taps of all channels of the source read, and where their weights lie in those of a group: in bytes. */
  readonly offsets: Int32Array;
  readonly weights: Int32Array;
  /** Which positions are computed, and which of them belong to the result: see `Phase` of wasm-src/conv2d.ts. */
  readonly positions: readonly [...Runs, rows: number, columns: number, dense: number];
}

type Runs = readonly [runs: number, count: number];

/** How channels are computed together: `width` at a time, in so many blocks a group. */
export interface Blocks {
  readonly channels: number;
  readonly width: 1 | 4 | 16;
  readonly blocks: number;
  /** Distance in bytes of the weights of groups, and of channels of the result. */
  readonly groupStep: number;
  readonly laneStep: number;
}

/** A convolution or an input gradient. */
export interface CorrelationPlan {
  readonly layout: PlaneLayout;
  readonly blocks: Blocks;
  /** Of the result, whose rows and columns follow each other in a phase. */
  readonly dense: DenseSteps;
  readonly phases: readonly PhasePlan[];
  /** Whether there are results that no tap reaches: they are zero, and in no phase. */
  readonly gaps: boolean;
  /** Bytes of a plane of sums. */
  readonly sumPlane: number;
  /** Multiply–adds of a block of one image. */
  readonly work: number;
}

export interface WeightGradPlan {
  readonly layout: PlaneLayout;
  readonly blocks: Blocks;
  /** Where the taps of all channels read, their number rounded up to a whole step; and where their weights lie. */
  readonly offsets: Int32Array;
  readonly weights: Int32Array;
  readonly gradient: PlaneLayout;
  /** Positions that are summed over, with those between rows. */
  readonly count: number;
}

/** y from x. */
export const forwardPlan: (geometry: Conv2dGeometry) => CorrelationPlan = cached((geometry) =>
  correlationPlan(geometry, toOutput(geometry), forwardAxis(geometry, 0), forwardAxis(geometry, 1)),
);

/** dx from dy: a correlation with the weights, channels swapped. */
export const inputGradPlan: (geometry: Conv2dGeometry) => CorrelationPlan = cached((geometry) =>
  correlationPlan(geometry, toInput(geometry), inputGradAxis(geometry, 0), inputGradAxis(geometry, 1)),
);

/** dweight from dy and x. */
export const weightGradPlan: (geometry: Conv2dGeometry) => WeightGradPlan = cached((geometry) => {
  const { output } = geometry;
  const direction = toOutput(geometry);
  const [rows, columns] = [forwardAxis(geometry, 0), forwardAxis(geometry, 1)];
  const layout = layoutPlanes(direction.source, rows, columns);
  const blocks = blocksOf(geometry, direction);
  const { offsets, weights } = placesOf(tapOffsets(layout, rows, columns, 0, 0), geometry, direction, layout);
  const step = blocks.width === 4 ? 2 : 4;
  while (offsets.length % step !== 0) offsets.push(offsets.at(-1)!);
  const count = 4 * Math.ceil(((output[0] - 1) * columns.pitch + output[1]) / 4);
  const gradient = {
    channels: blocks.channels,
    dense: denseSteps(direction.result, 1, 1),
    plane: planeStride(4 * count),
    row: layout.row,
    bytes: 0,
    rectangles: Int32Array.of(0, 0, ...output),
  };
  return { layout, blocks, offsets: Int32Array.from(offsets), weights: Int32Array.from(weights), gradient, count };
});

function correlationPlan(
  geometry: Conv2dGeometry,
  direction: Direction,
  rows: AxisPlan,
  columns: AxisPlan,
): CorrelationPlan {
  const { extent } = direction.result;
  const layout = layoutPlanes(direction.source, rows, columns);
  const blocks = blocksOf(geometry, direction);
  const all = rows.results.flatMap((y, i) =>
    columns.results.map((x, j): PhasePlan => {
      const { offsets, weights } = placesOf(tapOffsets(layout, rows, columns, i, j), geometry, direction, layout);
      const runs = runsOf(y.count, x.count, columns.pitch, blocks.width);
      return {
        offsets: Int32Array.from(offsets),
        weights: Int32Array.from(weights),
        positions: [...runs, y.count, x.count, 4 * (y.first * extent[1] + x.first)],
      };
    }),
  );
  const phases = all.filter(({ offsets }) => offsets.length > 0);
  const results = phases.reduce((sum, { positions: [, , height, width] }) => sum + height * width, 0);
  const longest = Math.max(0, ...phases.map(({ positions: [runs, count] }) => (runs - 1) * columns.pitch + count));
  const sums = phases.reduce((sum, { offsets, positions: [runs, count] }) => sum + offsets.length * runs * count, 0);
  return {
    layout,
    blocks,
    dense: denseSteps(direction.result, rows.resultStep, columns.resultStep),
    phases,
    gaps: results < extent[0] * extent[1],
    sumPlane: planeStride(4 * longest + 64),
    work: sums * blocks.width,
  };
}

/** Positions computed at once by `correlateOne`, and by `correlateFour`, of wasm-src/lib/correlate.ts. */
const STEP = { 1: 16, 4: 8, 16: 8 };

/** Each row by itself if that takes no more steps, else all rows in one run, with what lies between them. */
function runsOf(rows: number, columns: number, pitch: number, width: Blocks["width"]): Runs {
  const steps = (count: number): number => Math.ceil(count / STEP[width]);
  const all = (rows - 1) * pitch + columns;
  return rows * steps(columns) <= steps(all) ? [rows, columns] : [1, all];
}

/** Sums of fewer products are made four at once: what sixteen gain, turning them around costs. */
const MANY_TAPS = 32;

/** Four channels are computed at once, unless most lanes would be idle; of many products wide kernels sum sixteen. */
function blocksOf(geometry: Conv2dGeometry, { source, result, groupStep, laneStep }: Direction): Blocks {
  const { channels } = result;
  const width = channels <= 2 ? 1 : channels <= 8 || source.channels * tapsOf(geometry) < MANY_TAPS ? 4 : 16;
  return { channels, width, blocks: Math.ceil(channels / width), groupStep: 4 * groupStep, laneStep: 4 * laneStep };
}

/** Where the taps of all channels of the source read, and where their weights lie in those of a group, channel by channel: in bytes. */
function placesOf(
  taps: ReturnType<typeof tapOffsets>,
  { kernel }: Conv2dGeometry,
  { source, channelStep }: Direction,
  { plane }: PlaneLayout,
): { readonly offsets: number[]; readonly weights: number[] } {
  const [offsets, weights]: [number[], number[]] = [[], []];
  for (let channel = 0; channel < source.channels; channel++) {
    for (const { row, column, offset } of taps) {
      offsets.push(channel * plane + offset);
      weights.push(4 * (channel * channelStep + row * kernel[1] + column));
    }
  }
  return { offsets, weights };
}

/** So many plans are kept at most. If there are more geometries, as in random tests, those unused for longest go. */
const MAX_PLANS = 64;

/** Keeps what `make` returned. A plan serves any number of images. */
function cached<T>(make: (geometry: Conv2dGeometry) => T): (geometry: Conv2dGeometry) => T {
  /** The latest used first: a network has few geometries, and comparing them takes less time than naming them. */
  const plans: { readonly geometry: Conv2dGeometry; readonly plan: T }[] = [];
  return (geometry) => {
    const at = plans.findIndex((each) => isSame(each.geometry, geometry));
    if (at === 0) return plans[0]!.plan;
    const found = at < 0 ? { geometry, plan: make(geometry) } : plans.splice(at, 1)[0]!;
    plans.unshift(found);
    if (plans.length > MAX_PLANS) plans.pop();
    return found.plan;
  };
}

function isSame(a: Conv2dGeometry, b: Conv2dGeometry): boolean {
  return (
    a.inChannels === b.inChannels &&
    a.outChannels === b.outChannels &&
    a.groups === b.groups &&
    sameShape(a.input, b.input) &&
    sameShape(a.output, b.output) &&
    sameShape(a.kernel, b.kernel) &&
    sameShape(a.stride, b.stride) &&
    sameShape(a.dilation, b.dilation) &&
    sameShape(a.padding, b.padding)
  );
}
