import type { Picture } from "../pictures/picture.ts";
import { checkSize, sides, type Size } from "./options/size.ts";
import { cropPicture } from "./pixels/crop-picture.ts";
import { padPicture } from "./pixels/pad-picture.ts";
import { roundHalfToEven } from "./pixels/round-half-to-even.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Cuts out the middle; a picture that is too small gets black margins first. Rounds as torchvision does.
 *
 * @throws ValueError unless `size` is a positive integer or `[height, width]`.
 */
export class CenterCrop implements Transform<Picture, Picture> {
  readonly size: Size;

  constructor(size: Size) {
    checkSize("CenterCrop", size);
    this.size = size;
  }

  get spec(): TransformSpec {
    return { name: "CenterCrop", options: [this.size] };
  }

  apply(picture: Picture): Picture {
    const [height, width] = sides(this.size);
    const [missingRows, missingColumns] = [Math.max(0, height - picture.height), Math.max(0, width - picture.width)];
    const large =
      missingRows + missingColumns === 0
        ? picture
        : padPicture(
            picture,
            {
              left: missingColumns >> 1,
              top: missingRows >> 1,
              right: (missingColumns + 1) >> 1,
              bottom: (missingRows + 1) >> 1,
            },
            "constant",
            0,
          );
    return cropPicture(
      large,
      roundHalfToEven((large.height - height) / 2),
      roundHalfToEven((large.width - width) / 2),
      height,
      width,
    );
  }
}
