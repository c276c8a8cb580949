/** Words before the values of a record: their meaning is in `event-log.ts`. */
export const headerWords = 12;

/**
 * Records of 32-bit words in a ring of bounded size: a new record takes the place of the oldest ones. The first word of a record is its
 * length; a zero in its place says that the rest of the ring, up to the end, is empty.
 */
export class EventRing {
  readonly ints: Int32Array;
  /** The same words as numbers. */
  readonly floats: Float32Array;
  readonly #drop: (offset: number) => void;
  #oldest = 0;
  /** Where the next record begins. */
  #next = 0;
  #count = 0;

  /** @param drop is told of each record before it is overwritten. */
  constructor(bytes: number, drop: (offset: number) => void) {
    const buffer = new ArrayBuffer(Math.floor(bytes / 4) * 4);
    this.ints = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.#drop = drop;
  }

  get count(): number {
    return this.#count;
  }

  /** Room for a record of so many words, which must not be more than the ring has, and where it begins. */
  add(words: number): number {
    if (this.#next + words > this.ints.length) {
      while (this.#count > 0 && this.#oldest >= this.#next) this.dropOldest();
      if (this.#next < this.ints.length) this.ints[this.#next] = 0;
      this.#next = 0;
    }
    while (this.#count > 0 && this.#oldest >= this.#next && this.#oldest < this.#next + words) this.dropOldest();
    const offset = this.#next;
    if (this.#count === 0) this.#oldest = offset;
    this.ints[offset] = words;
    this.#next += words;
    this.#count++;
    return offset;
  }

  /** Forgets the oldest record. */
  dropOldest(): void {
    const offset = this.#oldest;
    this.#drop(offset);
    this.#count--;
    this.#oldest = this.#after(offset);
  }

  /** Where the records begin, the oldest first. */
  *offsets(): Iterable<number> {
    let offset = this.#oldest;
    for (let i = 0; i < this.#count; i++) {
      yield offset;
      offset = this.#after(offset);
    }
  }

  #after(offset: number): number {
    const next = offset + this.ints[offset]!;
    return next >= this.ints.length || this.ints[next] === 0 ? 0 : next;
  }
}
