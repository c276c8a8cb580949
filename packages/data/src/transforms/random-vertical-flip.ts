import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import { blankPicture, type Picture } from "../pictures/picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Turns the picture upside down, without turning left and right, with probability `p`.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomVerticalFlip implements Transform<Picture, Picture> {
  readonly p: number;

  constructor(p = 0.5) {
    checkProbability("RandomVerticalFlip", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomVerticalFlip", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? flip(picture) : picture;
  }
}

function flip({ width, height, data }: Picture): Picture {
  const flipped = blankPicture(width, height);
  const row = 3 * width;
  for (let y = 0; y < height; y++) flipped.data.set(data.subarray((height - 1 - y) * row, (height - y) * row), y * row);
  return flipped;
}
