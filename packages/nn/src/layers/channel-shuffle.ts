import type { Tensor } from "@tapegrad/tensor";
import { checkInteger, checkTensor, integerFrom } from "@tapegrad/tensor/internal";
import { reshape, transpose } from "@tapegrad/tensor/ops";
import { checkFit } from "../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../module/module-of.ts";

/**
 * Mixes groups of channels: of `g` groups, the first channels of all come first, then the second ones, and so on.
 *
 * Shape: `[n, c, …]` with at least one axis behind the channels; the same comes out.
 *
 * @throws ValueError if `groups` is not a positive integer. @throws ShapeError if it does not divide the channels, or there
 *   are fewer than three axes.
 * @see Zhang et al. 2017, https://arxiv.org/abs/1707.01083
 */
export function channelShuffle(input: Tensor, groups: number): Tensor {
  checkTensor("channelShuffle", input, "input");
  checkInteger("channelShuffle", "groups", groups, 1);
  const [n, c, ...rest] = input.shape as [number, number, ...number[]];
  checkFit("channelShuffle", rest.length > 0 && c % groups === 0, `input [n, c·${groups}, …]`, input.shape);
  return reshape(transpose(reshape(input, [n, groups, c / groups, ...rest]), 1, 2), input.shape);
}

const Layer: LayerOf<typeof channelShuffle, ["groups"]> = /* @__PURE__ */ layerOf(channelShuffle, {
  groups: /* @__PURE__ */ integerFrom(1),
});

/** Mixes groups of channels: `channelShuffle` as a module. */
export class ChannelShuffle extends Layer {}
