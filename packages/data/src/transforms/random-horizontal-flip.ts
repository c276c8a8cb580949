import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import { blankPicture, type Picture } from "../pictures/picture.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Mirrors the picture left to right with probability `p`.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomHorizontalFlip implements Transform<Picture, Picture> {
  readonly p: number;

  constructor(p = 0.5) {
    checkProbability("RandomHorizontalFlip", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomHorizontalFlip", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? flip(picture) : picture;
  }
}

function flip({ width, height, data }: Picture): Picture {
  const mirrored = blankPicture(width, height);
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = width - 1; x >= 0; x--, to += 3) {
      const from = (y * width + x) * 3;
      mirrored.data[to] = data[from]!;
      mirrored.data[to + 1] = data[from + 1]!;
      mirrored.data[to + 2] = data[from + 2]!;
    }
  }
  return mirrored;
}
