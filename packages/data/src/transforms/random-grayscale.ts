import { checkProbability } from "@tapegrad/tensor/arguments";
import type { Generator } from "@tapegrad/tensor/random";
import type { Picture } from "../pictures/picture.ts";
import { Grayscale } from "./grayscale.ts";
import type { Transform, TransformSpec } from "./transform.ts";

/**
 * Takes the colours out with probability `p`; pictures keep three channels.
 *
 * @throws ValueError unless `p` lies in [0, 1].
 */
export class RandomGrayscale implements Transform<Picture, Picture> {
  readonly p: number;
  readonly #grayscale = new Grayscale();

  constructor(p = 0.1) {
    checkProbability("RandomGrayscale", "p", p);
    this.p = p;
  }

  get spec(): TransformSpec {
    return { name: "RandomGrayscale", options: [this.p] };
  }

  apply(picture: Picture, generator: Generator): Picture {
    return generator.next() < this.p ? this.#grayscale.apply(picture) : picture;
  }
}
