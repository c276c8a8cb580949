import { Generator } from "@tapegrad/tensor";
import { uniforms } from "@tapegrad/tensor/random";

/** A generator whose every draw has one key. */
class FixedKey extends Generator {
  #low = 0;

  override key(): { low: number; high: number } {
    return { low: this.#low, high: 0 };
  }

  /** Tries the next key. */
  advance(): void {
    this.#low++;
  }
}

const found = new Map<string, Generator>();

/**
 * A generator from which dropout draws a given mask: the first of the keys 0, 1, 2, … that does so, where dropout keeps
 * values whose uniform number is below `1 − p`. That takes some 2²⁴ tries for 24 fair coins.
 *
 * @param mask one number for each draw, 1 where the value is kept.
 */
export function generatorOfMask(mask: readonly number[], p: number): Generator {
  const name = `${p}: ${mask.join("")}`;
  let generator = found.get(name);
  if (generator === undefined) {
    generator = search(mask, Math.fround(1 - p));
    found.set(name, generator);
  }
  return generator;
}

function search(mask: readonly number[], limit: number): Generator {
  const generator = new FixedKey();
  const draws = (count: number): boolean =>
    uniforms(generator, count).every((uniform, i) => uniform < limit === (mask[i] === 1));
  // Nearly all keys fail within the first few draws.
  while (!(draws(Math.min(4, mask.length)) && draws(mask.length))) generator.advance();
  return generator;
}
