import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { autocontrast } from "../pixels/levels.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Spreads the levels of each channel from its darkest to its brightest with probability `p`. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomAutocontrast implements Transform<Picture, Picture> {
  readonly p: number;

  constructor(p = 0.5) {
    checkProbability("RandomAutocontrast", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomAutocontrast", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? autocontrast(picture) : picture;
  }
}
