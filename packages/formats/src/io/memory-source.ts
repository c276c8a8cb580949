import { allocate, type ByteSource, checkRange } from "./byte-source.ts";
import type { Bytes } from "./bytes.ts";
import { ReadBudget, type ReadLimits } from "./read-limits.ts";

/** Bytes in memory, as a source. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly tensorBytes: number;
  readonly budget: ReadBudget;
  readonly #bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array, limits: ReadLimits) {
    this.name = name;
    this.#bytes = bytes;
    this.size = bytes.length;
    this.tensorBytes = limits.tensorBytes ?? Infinity;
    this.budget = new ReadBudget(name, limits);
  }

  async read(offset: number, length: number): Promise<Bytes> {
    checkRange(this, offset, length);
    const bytes = allocate(this.name, length);
    bytes.set(this.#bytes.subarray(offset, offset + length));
    return bytes;
  }

  held<R>(fn: () => Promise<R>): Promise<R> {
    return fn();
  }
}
