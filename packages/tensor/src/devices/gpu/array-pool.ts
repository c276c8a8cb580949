/**
 * Arrays that nobody holds any more, to be filled again. Kernels make the same sizes in every step; fresh arrays would be
 * zeroed first, and keep the garbage collector busy.
 */
export class ArrayPool {
  /** By length, none of them empty. What was given last comes last, and what was given longest ago is let go first. */
  readonly #waiting = new Map<number, Float32Array[]>();
  readonly #capacity: number;
  #bytes = 0;

  /** Holds arrays of so many bytes together at most. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Bytes in arrays that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An array with any values in it. */
  take(length: number): Float32Array {
    const arrays = this.#waiting.get(length);
    if (arrays === undefined) return new Float32Array(length);
    return this.#pop(length, arrays);
  }

  /** Takes an array that nobody will look at any more. */
  give(array: Float32Array): void {
    if (array.length === 0 || array.byteLength > this.#capacity) return;
    const others = this.#waiting.get(array.length) ?? [];
    others.push(array);
    this.#bytes += array.byteLength;
    this.#waiting.delete(array.length);
    this.#waiting.set(array.length, others);
    for (const [length, arrays] of this.#waiting) {
      while (this.#bytes > this.#capacity && arrays.length > 0) this.#pop(length, arrays);
      if (this.#bytes <= this.#capacity) return;
    }
  }

  clear(): void {
    this.#waiting.clear();
    this.#bytes = 0;
  }

  #pop(length: number, arrays: Float32Array[]): Float32Array {
    const array = arrays.pop()!;
    this.#bytes -= array.byteLength;
    if (arrays.length === 0) this.#waiting.delete(length);
    return array;
  }
}
