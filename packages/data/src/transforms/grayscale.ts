import { showValue } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import { blankPicture, type Picture } from "../pictures/picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Takes the colours out; pictures keep three channels, all the same (torchvision's `Grayscale(3)`).
 *
 * @throws ValueError if another number of channels is asked for.
 */
export class Grayscale implements Transform<Picture, Picture> {
  constructor(channels: 3 = 3) {
    if (channels !== 3) throw new ValueError(`Grayscale: pictures keep 3 channels, got ${showValue(channels)}`);
  }

  get spec(): TransformSpec {
    return { name: "Grayscale", options: [] };
  }

  apply(picture: Picture): Picture {
    const grey = blankPicture(picture.width, picture.height);
    for (let i = 0; i < grey.data.length; i += 3) grey.data.fill(luma(picture.data, i), i, i + 3);
    return grey;
  }
}

/** The brightness of the pixel at byte `i`, by ITU-R 601 in PIL's 16-bit fixed point. */
export function luma(rgb: Uint8Array, i: number): number {
  return (rgb[i]! * 19595 + rgb[i + 1]! * 38470 + rgb[i + 2]! * 7471 + 0x8000) >> 16;
}
