import { checkProbability, checkNumber } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { adjustSharpness } from "../pixels/blend.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Makes the picture sharper or smoother with probability `p`: 0 smooths it, 1 leaves it as it is. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `factor` is a number of at least 0, and `p` lies in [0, 1].
 */
export class RandomAdjustSharpness implements Transform<Picture, Picture> {
  readonly factor: number;
  readonly p: number;

  constructor(factor: number, p = 0.5) {
    checkNumber("RandomAdjustSharpness", "factor", factor);
    if (factor < 0) throw new ValueError(`RandomAdjustSharpness: factor must not be negative, got ${factor}`);
    this.factor = factor;
    checkProbability("RandomAdjustSharpness", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomAdjustSharpness", options: [this.factor, this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? adjustSharpness(picture, this.factor) : picture;
  }
}
