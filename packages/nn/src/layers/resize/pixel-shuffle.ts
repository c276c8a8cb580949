import type { Tensor } from "@tapegrad/tensor";
import { checkInteger, checkTensor, integerFrom } from "@tapegrad/tensor/internal";
import { permute, reshape } from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/**
 * Spreads channels over pixels: each `r × r` block of the output comes from `r²` channels of one input pixel.
 *
 * Shape: `[…, c·r², h, w] → […, c, h·r, w·r]`.
 *
 * @throws ValueError if `r` is not a positive integer. @throws ShapeError if `r²` does not divide the channels.
 * @see Shi et al. 2016, https://arxiv.org/abs/1609.05158
 */
export function pixelShuffle(input: Tensor, upscaleFactor: number): Tensor {
  checkTensor("pixelShuffle", input, "input");
  checkInteger("pixelShuffle", "upscaleFactor", upscaleFactor, 1);
  const r = upscaleFactor;
  const [channels, h, w] = input.shape.slice(-3) as [number, number, number];
  checkFit("pixelShuffle", input.rank >= 3 && channels % (r * r) === 0, `input […, c·${r * r}, h, w]`, input.shape);
  const lead = input.shape.slice(0, -3);
  const [c, axis] = [channels / (r * r), lead.length];
  const blocks = reshape(input, [...lead, c, r, r, h, w]);
  const order = [...lead.keys(), axis, axis + 3, axis + 1, axis + 4, axis + 2];
  return reshape(permute(blocks, order), [...lead, c, h * r, w * r]);
}

const Layer: LayerOf<typeof pixelShuffle, ["upscaleFactor"]> = /* @__PURE__ */ layerOf(pixelShuffle, {
  upscaleFactor: /* @__PURE__ */ integerFrom(1),
});

/** Spreads channels over pixels: `pixelShuffle` as a module. Shape: `[…, c·r², h, w] → […, c, h·r, w·r]`. */
export class PixelShuffle extends Layer {}
