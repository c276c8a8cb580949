import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { equalize } from "../pixels/levels.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Moves the levels of each channel so that all occur about as often, with probability `p`. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomEqualize implements Transform<Picture, Picture> {
  readonly p: number;

  constructor(p = 0.5) {
    checkProbability("RandomEqualize", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomEqualize", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? equalize(picture) : picture;
  }
}
