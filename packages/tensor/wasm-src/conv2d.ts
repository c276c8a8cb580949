// Two-dimensional convolution, its input gradient and its weight gradient, for any stride, dilation, padding and number of
// groups. Images are laid out in scratch as lib/planes.ts says; the offsets of the taps are tabled by
// src/kernels/conv2d/plan.ts, as in Dukhan, "The Indirect Convolution Algorithm", 2019.
import { SPARE_BYTES, correlateFour, correlateOne, correlateSixteen } from "./lib/correlate";
import { Finish, finishRow } from "./lib/finish";
import { Layout, packPlanes } from "./lib/planes";
import { copyRow, scatterRow } from "./lib/rows";
import { threadScratch } from "./lib/thread";
import { poolRows } from "./lib/windows";

export { channelConstants, finishPlanes } from "./lib/finish";
export { accumulate, addPartials } from "./lib/weight-gradient";

/** Wide kernels sum more planes of a block than this for all sixteen at once. */
const FEW_PLANES: i32 = 8;

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
  const spare = planes + plan.scratchBytes - SPARE_BYTES;
  let packed = -1;
  for (let unit = from; unit < to; unit++) {
    const imageGroup = unit / plan.blocks;
    const block = unit - imageGroup * plan.blocks;
    if (imageGroup != packed) {
      packPlanes(source, x + <usize>(imageGroup * source.channels) * source.densePlane, source.channels, planes);
      packed = imageGroup;
    }
    const group = imageGroup % plan.groups;
    const channel = block * plan.width;
    const lanes = min(plan.width, plan.channels - channel);
    const weightBlock = group * plan.blocks + block;
    const start = plan.start + (<usize>(weightBlock * plan.width) << 2);
    const planeBytes = planeBytesOf(plan);
    const target = y + <usize>(imageGroup * plan.channels + channel) * planeBytes;
    if (plan.gaps) memory.fill(target, 0, <usize>lanes * plan.densePlane);
    for (let i = 0; i < plan.phaseCount; i++) {
      const phase = changetype<Phase>(plan.phases + <usize>i * offsetof<Phase>());
      const weights = phase.weights + (<usize>(weightBlock * phase.taps * plan.width) << 2);
      for (let run = 0; run < phase.runs; run++) {
        const skip = <usize>(run * source.packedRow);
        sumRun(plan, phase, planes + skip, weights, start, sums + skip, lanes, spare);
      }
      for (let lane = 0; lane < lanes; lane++) {
        const to = target + <usize>lane * planeBytes;
        const from = sums + <usize>(lane * plan.sumPlane);
        const finish = plan.finish;
        if (finish && finish.pools) poolPhase(plan, finish, phase, group * plan.channels + channel + lane, from, to);
        else writePhase(plan, finish, phase, group * plan.channels + channel + lane, from, to, to - y);
      }
    }
  }
}

/** The sums of a run of positions, for the planes of a block. */
function sumRun(
  plan: Correlation, phase: Phase, x: usize, weights: usize, start: usize, sums: usize, lanes: i32, spare: usize,
): void {
  const step = <usize>plan.width << 2;
  if (plan.width == 1) correlateOne(x, phase.offsets, phase.taps, weights, start, sums, phase.count);
  else if (WIDE && lanes > FEW_PLANES) {
    correlateSixteen(x, phase.offsets, phase.taps, weights, start, sums, plan.sumPlane, phase.count, spare);
  } else {
    for (let lane = 0; lane < lanes; lane += 4) {
      const at = <usize>lane << 2;
      const plane = sums + <usize>(lane * plan.sumPlane);
      correlateFour(x, phase.offsets, phase.taps, weights + at, step, start + at, plane, plan.sumPlane, phase.count);
    }
  }
}

/** Puts a plane where it belongs, finished on the way unless `finish` is null; `offset` is how far it lies from the first result. */
function writePhase(
  plan: Correlation, finish: Finish | null, phase: Phase, channel: i32, from: usize, to: usize, offset: usize,
): void {
  to += phase.dense;
  offset += phase.dense;
  for (let row = 0; row < phase.rows; row++) {
    if (finish) finishRow(finish, channel, from, to, offset, phase.columns);
    else if (plan.step == 1) copyRow(from, to, phase.columns);
    else scatterRow(from, to, plan.step, phase.columns);
    from += plan.source.packedRow;
    to += plan.denseRow;
    offset += plan.denseRow;
  }
}

/** Distance of planes of the result. */
@inline
function planeBytesOf(plan: Correlation): usize {
  const finish = plan.finish;
  if (!finish || !finish.pools) return plan.densePlane;
  const phase = changetype<Phase>(plan.phases);
  return <usize>((phase.rows >> 1) * (phase.columns >> 1)) << 2;
}

/** As `writePhase`, of results that are finished and pooled. */
function poolPhase(plan: Correlation, finish: Finish, phase: Phase, channel: i32, from: usize, to: usize): void {
  const rowBytes = <usize>plan.source.packedRow;
  const windows = phase.columns >> 1;
  // With what lies between rows.
  finishRow(finish, channel, from, from, 0, (plan.source.packedRow >> 2) * (phase.rows - 1) + phase.columns);
  for (let row = phase.rows; row > 1; row -= 2) {
    poolRows(from, rowBytes, to, windows);
    from += 2 * rowBytes;
    to += <usize>windows << 2;
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
