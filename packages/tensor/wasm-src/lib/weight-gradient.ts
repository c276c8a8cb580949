// The gradient of a convolution's weights: products of planes of x and of the result's gradient, summed over positions and images.
import { accumulateFour, accumulateOne, accumulateSixteen } from "./accumulate";
import { SPARE_BYTES } from "./correlate";
import { CHAIN, storeApart } from "./lanes";
import { Layout, packPlanes, turnPlanes } from "./planes";
import { threadScratch } from "./thread";

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
  /** Positions of a plane that are summed over, with those between rows; and the rows and columns of them that count. */
  count: i32;
  rows: i32;
  columns: i32;
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
  const spare = planes + plan.scratchBytes - SPARE_BYTES;
  const positions = spare - (<usize>(plan.rows * plan.columns) << 2);
  memory.fill(planes, 0, plan.scratchBytes);
  const together = WIDE && plan.width == 16;
  if (together) tablePositions(plan, positions);
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
      const from = g + <usize>(imageGroup * gradient.channels + channel) * gradient.densePlane;
      if (!together) packPlanes(gradient, from, channels, gradientPlanes);
      for (let block = 0; block < blocks; block++) {
        const lane = block * plan.width;
        const lanes = min(plan.width, channels - lane);
        const blockSums = sums + <usize>block * blockBytes;
        if (together) {
          turnPlanes(from + <usize>(lane * gradient.densePlane), gradient.densePlane, plan.rows * plan.columns, lanes, gradientPlanes);
          accumulateTogether(plan, planes, gradientPlanes, positions, blockSums);
        } else accumulateBlock(plan, planes, gradientPlanes + <usize>(lane * gradient.packedPlane), blockSums, lanes, spare);
      }
    }
  }
}

/** Where the positions of a plane lie in scratch, from the first, in bytes. */
function tablePositions(plan: WeightGradient, to: usize): void {
  for (let row = 0; row < plan.rows; row++) {
    for (let column = 0; column < plan.columns; column++) {
      store<i32>(to, row * plan.source.packedRow + (column << 2));
      to += 4;
    }
  }
}

function accumulateTogether(plan: WeightGradient, x: usize, g: usize, positions: usize, sums: usize): void {
  const end = plan.offsets + (<usize>plan.taps << 2);
  for (let left = plan.rows * plan.columns; left > 0; left -= CHAIN) {
    let to = sums;
    for (let taps = plan.offsets; taps < end; taps += 16) {
      accumulateSixteen(g, x, taps, positions, min(left, CHAIN), to);
      to += 256;
    }
    g += CHAIN << 6;
    positions += CHAIN << 2;
  }
}

function accumulateBlock(plan: WeightGradient, x: usize, g: usize, sums: usize, lanes: i32, spare: usize): void {
  const end = plan.offsets + (<usize>plan.taps << 2);
  const plane = <usize>plan.gradient.packedPlane;
  const step = <usize>plan.width << 2;
  /** Taps. */
  const together: usize = plan.width == 1 ? 4 : 2;
  for (let left = plan.count; left > 0; left -= CHAIN) {
    const count = min(left, CHAIN);
    for (let lane = 0; lane < lanes; lane += 4) {
      const from = g + <usize>lane * plane;
      let to = sums + (<usize>lane << 2);
      for (let taps = plan.offsets; taps < end; taps += together << 2) {
        if (together == 4) accumulateOne(from, x, taps, to, count);
        else accumulateFour(from, plane, x, taps, to, step, count, spare);
        to += together * step;
      }
    }
    x += CHAIN << 2;
    g += CHAIN << 2;
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
      for (let lane = 0; lane < lanes; lane += 4) {
        const from = at + (<usize>lane << 2);
        let sum = f32x4.splat(0);
        for (let partial = 0; partial < partials; partial++) sum = f32x4.add(sum, v128.load(from + <usize>partial * partialBytes));
        storeApart(target + <usize>lane * laneStep, laneStep, sum, lanes - lane);
      }
      at += <usize>width << 2;
    }
  }
}
