import { keep, noGrad, scope, type Tensor, ValueError } from "@tapegrad/tensor";
import { stack } from "@tapegrad/tensor/ops/stack";

/** Parts that are joined on the device, so that few tensors wait to be read. */
const joined = 256;

/** Sums of numbers that stay on the device until somebody looks; added up in double precision. */
export class Totals {
  readonly #metric: string;
  #parts: Tensor[] = [];
  /** How often the values of each part had been changed when it was taken. */
  #versions: number[] = [];
  #blocks: Tensor[] = [];
  /** How often each part counts, in order. */
  #weights: number[] = [];
  #length = 0;
  /** The sums of before, where they were restored. */
  #before: readonly number[] = [];

  /** @param metric whose sums they are, for messages. */
  constructor(metric: string) {
    this.#metric = metric;
  }

  reset(): void {
    for (const part of [...this.#parts, ...this.#blocks]) part.dispose();
    this.#versions = [];
    this.#parts = [];
    this.#blocks = [];
    this.#weights = [];
    this.#before = [];
  }

  /** Goes on from sums that `read` gave. */
  restore(sums: readonly number[]): void {
    this.reset();
    this.#before = sums;
    this.#length = sums.length;
  }

  /** Adds what `fn` computes: a tensor of the same size each time. */
  add(fn: () => Tensor): void {
    this.take(
      noGrad(() => scope(fn)),
      1,
    );
  }

  /**
   * Adds `weight` times the values of a tensor, which are read later. `read` and a later `take` throw a ValueError if they were
   * changed in between.
   */
  take(part: Tensor, weight: number): void {
    this.#length = part.size;
    this.#parts.push(keep(part));
    this.#versions.push(part.storage.version);
    this.#weights.push(weight);
    if (this.#parts.length === joined) this.#join();
  }

  /** The sums. @throws ValueError if nothing was added. */
  async read(): Promise<Float64Array> {
    if (this.#parts.length > 0) this.#join();
    if (this.#blocks.length + this.#before.length === 0)
      throw new ValueError(`${this.#metric}: there was no batch since the last reset`);
    const sums = new Float64Array(this.#length);
    sums.set(this.#before);
    let part = 0;
    for (const values of await Promise.all(this.#blocks.map((block) => block.data())))
      for (let i = 0; i < values.length; part++)
        for (let at = 0; at < sums.length; at++, i++) sums[at]! += this.#weights[part]! * values[i]!;
    return sums;
  }

  #join(): void {
    if (this.#parts.some(({ storage }, i) => storage.version !== this.#versions[i]))
      throw new ValueError(`${this.#metric}: a value was changed in place after it was given; give a clone of it`);
    this.#blocks.push(keep(noGrad(() => stack(this.#parts, 0))));
    for (const part of this.#parts) part.dispose();
    this.#parts = [];
    this.#versions = [];
  }
}
