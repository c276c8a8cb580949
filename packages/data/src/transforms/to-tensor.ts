import { ValueError } from "@tapegrad/tensor/errors";
import type { Picture } from "../pictures/picture.ts";
import type { PictureValues, Transform, TransformSpec } from "./transform.ts";

/**
 * Bytes to numbers from 0 to 1, colours apart: `[height, width, 3]` bytes become float32 `[3, height, width]`.
 *
 * The values stay on the host; the batch that they end up in is uploaded as a whole.
 */
export class ToTensor implements Transform<Picture, PictureValues> {
  get spec(): TransformSpec {
    return { name: "ToTensor", options: [] };
  }

  apply(picture: Picture): PictureValues {
    if (!(picture.data instanceof Uint8Array))
      throw new ValueError("ToTensor: expected a picture; is there a ToTensor before this one?");
    const { width, height, data } = picture;
    const plane = width * height;
    const values = new Float32Array(3 * plane);
    for (let i = 0, from = 0; i < plane; i++, from += 3) {
      values[i] = unit[data[from]!]!;
      values[plane + i] = unit[data[from + 1]!]!;
      values[2 * plane + i] = unit[data[from + 2]!]!;
    }
    return { values, shape: [3, height, width] };
  }
}

const unit: Float32Array = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
