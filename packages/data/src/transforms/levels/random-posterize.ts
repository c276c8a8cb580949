import { checkProbability, checkInteger } from "@tapegrad/tensor/arguments";
import { ValueError } from "@tapegrad/tensor/errors";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../../pictures/picture.ts";
import { posterize } from "../pixels/levels.ts";
import type { Transform, TransformSpec } from "../transform.ts";

/**
 * Keeps the first `bits` bits of each level with probability `p`. Byte for byte as torchvision does with PIL.
 *
 * @throws ValueError unless `bits` is a whole number from 0 to 8, and `p` lies in [0, 1].
 */
export class RandomPosterize implements Transform<Picture, Picture> {
  readonly bits: number;
  readonly p: number;

  constructor(bits: number, p = 0.5) {
    checkInteger("RandomPosterize", "bits", bits, 0);
    if (bits > 8) throw new ValueError(`RandomPosterize: bits must be at most 8, got ${bits}`);
    this.bits = bits;
    checkProbability("RandomPosterize", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomPosterize", options: [this.bits, this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? posterize(picture, this.bits) : picture;
  }
}
