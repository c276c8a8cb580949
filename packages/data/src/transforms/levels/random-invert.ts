import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { invert } from "../pixels/levels.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Makes a negative of the picture with probability `p`. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomInvert implements Transform<Picture, Picture> {
  readonly p: number;

  constructor(p = 0.5) {
    checkProbability("RandomInvert", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomInvert", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? invert(picture) : picture;
  }
}
