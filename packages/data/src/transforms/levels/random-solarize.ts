import { checkProbability, checkNumber } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { solarize } from "../pixels/levels.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Inverts levels from `threshold` on with probability `p`. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `threshold` is a finite number, and `p` lies in [0, 1].
 */
export class RandomSolarize implements Transform<Picture, Picture> {
  readonly threshold: number;
  readonly p: number;

  constructor(threshold: number, p = 0.5) {
    checkNumber("RandomSolarize", "threshold", threshold);
    this.threshold = threshold;
    checkProbability("RandomSolarize", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomSolarize", options: [this.threshold, this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? solarize(picture, this.threshold) : picture;
  }
}
