import type { Address, WasmContext } from "../../devices/wasm/context.ts";
import { DerivedValues } from "../../devices/wasm/derived.ts";
import {
  conv2dModule,
  type Correlation,
  type Phase,
  SPARE_BYTES,
  type WeightGradient,
} from "../../devices/wasm/generated/conv2d.ts";
import { PIECE_WORK } from "../lib/pieces.ts";
import type { Conv2dMethod } from "./conv2d-method.ts";
import { writeLayout } from "./layout.ts";
import { CHUNK_CHANNELS, partialSums } from "./pieces.ts";
import { type Blocks, forwardPlan, inputGradPlan, weightGradPlan } from "./plan.ts";

/** From so many images on, a piece takes whole ones, so that each is laid out once. */
const WHOLE_IMAGES = 16;

/** Images are laid out with zero borders: for all convolutions. */
export const direct: Conv2dMethod = {
  pools: true,

  // To dx, it is a correlation of dy with the weights, channels swapped.
  correlate(context, geometry, back, source, weight, bias, result, finish) {
    const { images, groups } = geometry;
    const plans = back ? inputGradPlan(geometry) : forwardPlan(geometry);
    const { layout, blocks: block, dense, phases, gaps, sumPlane, work } = plans;
    const { channels, width, blocks } = block;
    const placed = phases.flatMap(({ offsets, weights, positions }): Phase => {
      const packed = packWeights(context, weight, groups, block, weights, weights);
      return [offsets.length, context.ints(offsets), packed, ...positions];
    });
    const one = { ...block, groupStep: 4 * channels, laneStep: 4 };
    const start =
      bias === 0
        ? context.ints(new Int32Array(groups * blocks * width))
        : packWeights(context, bias, groups, one, ONE_TAP, block);
    const scratchBytes = layout.bytes + width * sumPlane + SPARE_BYTES;
    const from = [writeLayout(context, layout), groups, channels, width, blocks] as const;
    const to = [...dense, context.ints(placed), phases.length, Number(gaps)] as const;
    const plan = context.struct<Correlation>(...from, ...to, start, sumPlane, scratchBytes, finish);
    const unit = images * groups >= WHOLE_IMAGES ? blocks : 1;
    // A kernel may miss the input, if the stride exceeds its reach. Then there is nothing to multiply.
    const grain = unit * Math.ceil(PIECE_WORK / Math.max(1, work * unit));
    const scratch = context.scratchPerThread(scratchBytes);
    context.parallel(conv2dModule, "correlate", images * groups * blocks, grain, plan, source, result, scratch);
  },

  // Products of dy and x summed over all positions, and over the images in a fixed order.
  weightGrad(context, geometry, dy, x, dweight) {
    const { images, outChannels, groups, output } = geometry;
    const { layout, blocks: block, offsets, weights, gradient, count } = weightGradPlan(geometry);
    const { width, blocks } = block;
    const partials = partialSums(images, outChannels * offsets.length, PARTIAL_VALUES);
    const chunk = Math.min(blocks, CHUNK_CHANNELS / width);
    // Wide kernels table the positions of a plane.
    const scratchBytes = layout.bytes + (chunk * width + 1) * gradient.plane + SPARE_BYTES;
    const layouts = [writeLayout(context, layout), writeLayout(context, gradient)] as const;
    const parts = [groups, width, blocks, chunk, images, partials] as const;
    const taps = [context.ints(offsets), offsets.length] as const;
    const plan = context.struct<WeightGradient>(...layouts, ...parts, ...taps, count, ...output, scratchBytes);
    const partialBytes = 4 * groups * blocks * width * offsets.length;
    const sums = context.scratch(partials * partialBytes);
    const units = partials * groups * Math.ceil(blocks / chunk);
    const grain = Math.ceil(PIECE_WORK / ((chunk * width * offsets.length * count * images) / partials));
    const scratch = context.scratchPerThread(scratchBytes);
    context.parallel(conv2dModule, "accumulate", units, grain, plan, x, dy, sums, scratch);
    const adding = Math.ceil(PIECE_WORK / (width * weights.length * partials));
    const added = [sums, partials, partialBytes, offsets.length] as const;
    const target = [dweight, ...layoutOf(block), context.ints(weights), weights.length] as const;
    context.parallel(conv2dModule, "addPartials", groups * blocks, adding, ...added, ...target);
  },
};

/** So many values may all partial sums have. */
const PARTIAL_VALUES = 2 ** 20;

/** The taps of a bias, which has one value a channel. */
const ONE_TAP = Int32Array.of(0);

/** Address of weights[group][block][tap][lane], which are kept by `key`. */
function packWeights(
  context: WasmContext,
  weight: number,
  groups: number,
  block: Blocks,
  offsets: Int32Array,
  key: unknown,
): Address {
  const units = groups * block.blocks;
  const grain = Math.ceil(PIECE_WORK / (4 * offsets.length + 1));
  return context.derive(DerivedValues, weight, key, 4 * units * offsets.length * block.width, (packed) => {
    const source = [weight, ...layoutOf(block), context.ints(offsets), offsets.length] as const;
    context.parallel(conv2dModule, "packWeights", units, grain, ...source, packed);
  });
}

/** How weights lie, as functions of wasm-src/conv2d.ts are told. */
function layoutOf({ groupStep, laneStep, channels, width, blocks }: Blocks) {
  return [groupStep, laneStep, channels, width, blocks] as const;
}
