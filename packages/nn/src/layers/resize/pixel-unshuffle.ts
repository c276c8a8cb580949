import type { Tensor } from "@tapegrad/tensor";
import { checkInteger, checkTensor, integerFrom } from "@tapegrad/tensor/internal";
import { permute, reshape } from "@tapegrad/tensor/ops";
import { checkFit } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";

/**
 * Gathers pixels into channels: each `r × r` block of the input becomes `r²` channels of one output pixel. Undoes
 * `pixelShuffle`.
 *
 * Shape: `[…, c, h·r, w·r] → […, c·r², h, w]`.
 *
 * @throws ValueError if `r` is not a positive integer. @throws ShapeError if `r` does not divide height and width.
 * @see Shi et al. 2016, https://arxiv.org/abs/1609.05158
 */
export function pixelUnshuffle(input: Tensor, downscaleFactor: number): Tensor {
  checkTensor("pixelUnshuffle", input, "input");
  checkInteger("pixelUnshuffle", "downscaleFactor", downscaleFactor, 1);
  const r = downscaleFactor;
  const [c, height, width] = input.shape.slice(-3) as [number, number, number];
  const fit = input.rank >= 3 && height % r === 0 && width % r === 0;
  checkFit("pixelUnshuffle", fit, `input […, c, h·${r}, w·${r}]`, input.shape);
  const lead = input.shape.slice(0, -3);
  const [h, w, axis] = [height / r, width / r, lead.length];
  const blocks = reshape(input, [...lead, c, h, r, w, r]);
  const order = [...lead.keys(), axis, axis + 2, axis + 4, axis + 1, axis + 3];
  return reshape(permute(blocks, order), [...lead, c * r * r, h, w]);
}

const Layer: LayerOf<typeof pixelUnshuffle, ["downscaleFactor"]> = /* @__PURE__ */ layerOf(pixelUnshuffle, {
  downscaleFactor: /* @__PURE__ */ integerFrom(1),
});

/** Gathers pixels into channels: `pixelUnshuffle` as a module. Shape: `[…, c, h·r, w·r] → […, c·r², h, w]`. */
export class PixelUnshuffle extends Layer {}
