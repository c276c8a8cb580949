// Two-dimensional convolution, its input gradient and its weight gradient, for any stride, dilation, padding and number of
// groups. Images are laid out in scratch as lib/planes.ts says; the offsets of the taps are tabled by
// src/kernels/conv2d/plan.ts, as in Dukhan, "The Indirect Convolution Algorithm", 2019.
import { ACCUMULATE_SPARE, accumulateFour, accumulateOne, correlateEight, correlateFour, correlateOne } from "./lib/correlate";
import { Finish, finishRow } from "./lib/finish";
import { CHAIN } from "./lib/lanes";
import { Rectangle, packRectangle } from "./lib/planes";
import { copyRow, scatterRow } from "./lib/rows";
import { threadScratch } from "./lib/thread";

export { channelConstants, finishPlanes } from "./lib/finish";

/** In wide kernels, so few neighbouring positions are summed for eight planes at once, and more of them for four. */
const FEW_POSITIONS: i32 = 8;

/** How the planes of a group are laid out in scratch. Distances are in bytes, `step` in elements. */
@unmanaged
class Layout {
  /** Planes of a group. */
  channels: i32;
  /** Distance of dense planes, and of those rows and columns of one that follow each other in scratch. */
  densePlane: i32;
  denseRow: i32;
  step: i32;
  /** Distance of planes and rows in scratch. */
  packedPlane: i32;
  packedRow: i32;
  /** What is copied for each plane: a phase of the stride each. */
  rectangles: usize;
  rectangleCount: i32;
}

/** Which sums make a phase of the result. */
@unmanaged
class Phase {
  /** Offsets of the taps, and weights[group][block][tap][lane]. */
  taps: i32;
  offsets: usize;
  weights: usize;
  /** Positions that are computed: `runs` runs of `count` neighbours each, one row of scratch apart. */
  runs: i32;
  count: i32;
  /** How many rows and columns of them belong to the result, and where they go in the dense one. */
  rows: i32;
  columns: i32;
  dense: i32;
}

@unmanaged
class Correlation {
  source: Layout;
  groups: i32;
  /** Planes of a group's result. They are computed `width` at a time, in `blocks` blocks. */
  channels: i32;
  width: i32;
  blocks: i32;
  /** Dense result: distances as in `Layout`. */
  densePlane: i32;
  denseRow: i32;
  step: i32;
  phases: usize;
  phaseCount: i32;
  /** Whether there are results in no phase: they are zero. */
  gaps: i32;
  /** Biases[group][block][lane]. */
  start: usize;
  /** A plane of sums in scratch. */
  sumPlane: i32;
  scratchBytes: i32;
  /** What is done with the result, if anything. Only for one phase. */
  finish: Finish | null;
}

/**
 * Blocks `from` to `to` of the result, counted over blocks, groups and images: each the sums of all taps and channels.
 */
export function correlate(from: i32, to: i32, plan: Correlation, x: usize, y: usize, scratch: usize): void {
  const source = plan.source;
  const planes = threadScratch(scratch, plan.scratchBytes);
  const sums = planes + <usize>source.channels * source.packedPlane + 64;
  memory.fill(planes, 0, plan.scratchBytes);
  const narrow = plan.width == 4 && changetype<Phase>(plan.phases).count <= FEW_POSITIONS;
  let packed = -1;
  for (let unit = from; unit < to;) {
    const imageGroup = unit / plan.blocks;
    const block = unit - imageGroup * plan.blocks;
    if (imageGroup != packed) {
      packPlanes(source, x + <usize>(imageGroup * source.channels) * source.densePlane, source.channels, planes);
      packed = imageGroup;
    }
    // Two blocks at once, where few positions are neighbours and the next block is of the same image and group, and wanted.
    const together = WIDE && narrow && block + 1 < plan.blocks && unit + 1 < to ? 2 : 1;
    unit += together;
    const group = imageGroup % plan.groups;
    const channel = block * plan.width;
    const lanes = min(plan.width * together, plan.channels - channel);
    const weightBlock = group * plan.blocks + block;
    const start = plan.start + (<usize>(weightBlock * plan.width) << 2);
    const target = y + <usize>(imageGroup * plan.channels + channel) * plan.densePlane;
    if (plan.gaps) memory.fill(target, 0, <usize>lanes * plan.densePlane);
    for (let i = 0; i < plan.phaseCount; i++) {
      const phase = changetype<Phase>(plan.phases + <usize>i * offsetof<Phase>());
      const blockBytes = <usize>(phase.taps * plan.width) << 2;
      const weights = phase.weights + <usize>weightBlock * blockBytes;
      for (let run = 0; run < phase.runs; run++) {
        const skip = <usize>(run * source.packedRow);
        sumRun(plan, phase, planes + skip, weights, blockBytes, start, sums + skip, together);
      }
      for (let lane = 0; lane < lanes; lane++) {
        const to = target + <usize>(lane * plan.densePlane);
        const from = sums + <usize>(lane * plan.sumPlane);
        const finish = plan.finish;
        if (finish) finishPhase(plan, finish, phase, group * plan.channels + channel + lane, from, to, to - y);
        else unpackPhase(plan, phase, from, to);
      }
    }
  }
}

/** The sums of a run of positions, for one block of the result or for two. */
function sumRun(
  plan: Correlation, phase: Phase, x: usize, weights: usize, blockBytes: usize, start: usize, sums: usize, together: i32,
): void {
  if (WIDE && together == 2) {
    if (phase.count <= FEW_POSITIONS) {
      correlateEight(x, phase.offsets, phase.taps, weights, blockBytes, start, sums, plan.sumPlane, phase.count);
      return;
    }
    const second = sums + <usize>(4 * plan.sumPlane);
    correlateFour(x, phase.offsets, phase.taps, weights + blockBytes, start + 16, second, plan.sumPlane, phase.count);
  }
  if (plan.width == 4) correlateFour(x, phase.offsets, phase.taps, weights, start, sums, plan.sumPlane, phase.count);
  else correlateOne(x, phase.offsets, phase.taps, weights, start, sums, phase.count);
}

function packPlanes(layout: Layout, from: usize, count: i32, to: usize): void {
  for (let channel = 0; channel < count; channel++) {
    for (let i = 0; i < layout.rectangleCount; i++) {
      const rectangle = changetype<Rectangle>(layout.rectangles + <usize>i * offsetof<Rectangle>());
      packRectangle(rectangle, from, layout.denseRow, layout.step, to, layout.packedRow);
    }
    from += layout.densePlane;
    to += layout.packedPlane;
  }
}

function unpackPhase(plan: Correlation, phase: Phase, from: usize, to: usize): void {
  to += phase.dense;
  for (let row = 0; row < phase.rows; row++) {
    if (plan.step == 1) copyRow(from, to, phase.columns);
    else scatterRow(from, to, plan.step, phase.columns);
    from += plan.source.packedRow;
    to += plan.denseRow;
  }
}

/** As `unpackPhase`, of results that are finished on the way; `offset` is how far the plane lies from the first result. */
function finishPhase(
  plan: Correlation, finish: Finish, phase: Phase, channel: i32, from: usize, to: usize, offset: usize,
): void {
  to += phase.dense;
  offset += phase.dense;
  for (let row = 0; row < phase.rows; row++) {
    finishRow(finish, channel, from, to, offset, phase.columns);
    from += plan.source.packedRow;
    to += plan.denseRow;
    offset += plan.denseRow;
  }
}

/**
 * Packs blocks `from` to `to` of the weights, out[block][tap][lane], counted over blocks and groups. The weight of a tap
 * and lane lies at `group·groupStep + channel·laneStep + tapOffset[tap]`, in bytes; lanes without a channel are zero.
 */
export function packWeights(
  from: i32, to: i32, weights: usize, groupStep: usize, laneStep: usize, channels: i32, width: i32, blocks: i32,
  tapOffsets: usize, taps: i32, out: usize,
): void {
  out += <usize>(from * taps * width) << 2;
  for (let unit = from; unit < to; unit++) {
    const group = unit / blocks;
    const channel = (unit - group * blocks) * width;
    const lanes = min(width, channels - channel);
    const base = weights + <usize>group * groupStep + <usize>channel * laneStep;
    for (let tap = 0; tap < taps; tap++) {
      const at = base + load<u32>(tapOffsets + (<usize>tap << 2));
      for (let lane = 0; lane < width; lane++) {
        store<f32>(out, lane < lanes ? load<f32>(at + <usize>lane * laneStep) : 0);
        out += 4;
      }
    }
  }
}

@unmanaged
class WeightGradient {
  source: Layout;
  /** The gradient of the result, in planes as wide as those of the source. */
  gradient: Layout;
  groups: i32;
  width: i32;
  /** Blocks of `width` planes of a group; `chunk` of them are packed at once. */
  blocks: i32;
  chunk: i32;
  /** Images, and in how many partial sums they are added up. */
  images: i32;
  partials: i32;
  /** Offsets of the taps, and their number rounded up to a whole step. */
  offsets: usize;
  taps: i32;
  count: i32;
  scratchBytes: i32;
}

/**
 * Chunks `from` to `to` of the partial sums, counted over chunks, groups and partial sums:
 * out[partial][group][block][tap][lane].
 */
export function accumulate(from: i32, to: i32, plan: WeightGradient, x: usize, g: usize, out: usize, scratch: usize): void {
  const source = plan.source;
  const gradient = plan.gradient;
  const planes = threadScratch(scratch, plan.scratchBytes);
  const gradientPlanes = planes + <usize>source.channels * source.packedPlane + 64;
  const spare = planes + plan.scratchBytes - ACCUMULATE_SPARE;
  memory.fill(planes, 0, plan.scratchBytes);
  const chunks = (plan.blocks + plan.chunk - 1) / plan.chunk;
  const blockBytes = <usize>(plan.taps * plan.width) << 2;
  for (let unit = from; unit < to; unit++) {
    const partialGroup = unit / chunks;
    const firstBlock = (unit - partialGroup * chunks) * plan.chunk;
    const blocks = min(plan.chunk, plan.blocks - firstBlock);
    const partial = partialGroup / plan.groups;
    const group = partialGroup - partial * plan.groups;
    const channel = firstBlock * plan.width;
    const channels = min(plan.chunk * plan.width, gradient.channels - channel);
    const sums = out + <usize>(partialGroup * plan.blocks + firstBlock) * blockBytes;
    memory.fill(sums, 0, <usize>blocks * blockBytes);
    const end = ((partial + 1) * plan.images) / plan.partials;
    for (let image = (partial * plan.images) / plan.partials; image < end; image++) {
      const imageGroup = image * plan.groups + group;
      packPlanes(source, x + <usize>(imageGroup * source.channels) * source.densePlane, source.channels, planes);
      packPlanes(gradient, g + <usize>(imageGroup * gradient.channels + channel) * gradient.densePlane, channels, gradientPlanes);
      for (let block = 0; block < blocks; block++) {
        const from = gradientPlanes + <usize>(block * plan.width * gradient.packedPlane);
        accumulateBlock(plan, planes, from, sums + <usize>block * blockBytes, spare);
      }
    }
  }
}

function accumulateBlock(plan: WeightGradient, x: usize, g: usize, sums: usize, spare: usize): void {
  for (let left = plan.count; left > 0; left -= CHAIN) {
    accumulatePositions(plan, x, g, sums, min(left, CHAIN), spare);
    x += CHAIN << 2;
    g += CHAIN << 2;
  }
}

function accumulatePositions(plan: WeightGradient, x: usize, g: usize, sums: usize, count: i32, spare: usize): void {
  const end = plan.offsets + (<usize>plan.taps << 2);
  if (plan.width == 4) {
    for (let taps = plan.offsets; taps < end; taps += 8) {
      accumulateFour(g, plan.gradient.packedPlane, x, taps, sums, count, spare);
      sums += 32;
    }
  } else {
    for (let taps = plan.offsets; taps < end; taps += 16) {
      accumulateOne(g, x, taps, sums, count);
      sums += 16;
    }
  }
}

/**
 * Blocks `from` to `to` of the weights' gradient, counted over blocks and groups: adds up partial sums, in order, and puts
 * them where `packWeights` would have read the weights.
 */
export function addPartials(
  from: i32, to: i32, sums: usize, partials: i32, partialBytes: usize, paddedTaps: i32, weights: usize, groupStep: usize,
  laneStep: usize, channels: i32, width: i32, blocks: i32, tapOffsets: usize, taps: i32,
): void {
  for (let unit = from; unit < to; unit++) {
    const group = unit / blocks;
    const channel = (unit - group * blocks) * width;
    const lanes = min(width, channels - channel);
    const base = weights + <usize>group * groupStep + <usize>channel * laneStep;
    let at = sums + (<usize>(unit * paddedTaps * width) << 2);
    for (let tap = 0; tap < taps; tap++) {
      const target = base + load<u32>(tapOffsets + (<usize>tap << 2));
      if (lanes == 4) {
        let sum = f32x4.splat(0);
        for (let partial = 0; partial < partials; partial++) sum = f32x4.add(sum, v128.load(at + <usize>partial * partialBytes));
        v128.store32_lane(target, sum, 0);
        v128.store32_lane(target + laneStep, sum, 1);
        v128.store32_lane(target + laneStep * 2, sum, 2);
        v128.store32_lane(target + laneStep * 3, sum, 3);
      } else {
        for (let lane = 0; lane < lanes; lane++) {
          let sum: f32 = 0;
          for (let partial = 0; partial < partials; partial++) sum += load<f32>(at + (<usize>lane << 2) + <usize>partial * partialBytes);
          store<f32>(target + <usize>lane * laneStep, sum);
        }
      }
      at += <usize>width << 2;
    }
  }
}

/** out[i·times + j] = from[i] for `count` values. */
export function repeatEach(from: usize, count: i32, times: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const value = load<f32>(from + (<usize>i << 2));
    for (let j = 0; j < times; j++) {
      store<f32>(out, value);
      out += 4;
    }
  }
}
