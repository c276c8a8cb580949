import { keep, noGrad, scope, type Tensor, ValueError } from "@tapegrad/tensor";
import { stack } from "@tapegrad/tensor/ops/stack";

/** Parts that are joined on the device, so that few tensors wait to be read. */
const joined = 256;

/** Sums of numbers that stay on the device until somebody looks; added up in double precision. */
export class Totals {
  readonly #metric: string;
  #parts: Tensor[] = [];
  #blocks: Tensor[] = [];
  #length = 0;
  /** The sums of before, where they were restored. */
  #before: readonly number[] = [];

  /** @param metric whose sums they are, for messages. */
  constructor(metric: string) {
    this.#metric = metric;
  }

  reset(): void {
    for (const part of [...this.#parts, ...this.#blocks]) part.dispose();
    this.#parts = [];
    this.#blocks = [];
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
    const part = keep(noGrad(() => scope(fn)));
    this.#length = part.size;
    this.#parts.push(part);
    if (this.#parts.length === joined) this.#join();
  }

  /** The sums. @throws ValueError if nothing was added. */
  async read(): Promise<Float64Array> {
    if (this.#parts.length > 0) this.#join();
    if (this.#blocks.length + this.#before.length === 0)
      throw new ValueError(`${this.#metric}: there was no batch since the last reset`);
    const sums = new Float64Array(this.#length);
    sums.set(this.#before);
    for (const values of await Promise.all(this.#blocks.map((block) => block.data())))
      values.forEach((value, i) => (sums[i % sums.length]! += value));
    return sums;
  }

  #join(): void {
    this.#blocks.push(keep(noGrad(() => stack(this.#parts, 0))));
    for (const part of this.#parts) part.dispose();
    this.#parts = [];
  }
}
