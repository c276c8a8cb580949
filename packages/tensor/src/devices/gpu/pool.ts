/** How a pool makes and lets go of what it holds. */
export interface PoolOptions<T> {
  /** Bytes that wait at most. */
  readonly capacity: number;
  make(length: number): T;
  lengthOf(item: T): number;
  bytesOf(item: T): number;
  /** Lets go of an item that is not kept, where dropping it is not enough. */
  drop?(item: T): void;
}

/**
 * Arrays or textures that nobody holds any more, to be filled again. Kernels make the same sizes in every step; fresh ones
 * would be zeroed first, and keep the garbage collector busy.
 */
export class Pool<T> {
  /** By length, none of them empty. What was given last comes last, and what was given longest ago is let go first. */
  readonly #waiting = new Map<number, T[]>();
  readonly #options: PoolOptions<T>;
  #bytes = 0;

  constructor(options: PoolOptions<T>) {
    this.#options = options;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An item of so many elements, with any values in it. */
  take(length: number): T {
    const items = this.#waiting.get(length);
    return items === undefined ? this.#options.make(length) : this.#pop(length, items);
  }

  /** Takes an item that nobody will look at any more. */
  give(item: T): void {
    const { capacity, lengthOf, bytesOf, drop } = this.#options;
    const [length, bytes] = [lengthOf(item), bytesOf(item)];
    if (length === 0 || bytes > capacity) {
      drop?.(item);
      return;
    }
    const others = this.#waiting.get(length) ?? [];
    others.push(item);
    this.#bytes += bytes;
    this.#waiting.delete(length);
    this.#waiting.set(length, others);
    this.#shrink(capacity);
  }

  clear(): void {
    this.#shrink(0);
  }

  #shrink(capacity: number): void {
    for (const [length, items] of this.#waiting) {
      while (this.#bytes > capacity && items.length > 0) {
        const item = this.#pop(length, items);
        this.#options.drop?.(item);
      }
      if (this.#bytes <= capacity) return;
    }
  }

  #pop(length: number, items: T[]): T {
    const item = items.pop()!;
    this.#bytes -= this.#options.bytesOf(item);
    if (items.length === 0) this.#waiting.delete(length);
    return item;
  }
}

/** A pool of arrays, of which so many bytes wait at most. */
export function arrayPool(capacity: number): Pool<Float32Array> {
  return new Pool({
    capacity,
    make: (length) => new Float32Array(length),
    lengthOf: (array) => array.length,
    bytesOf: (array) => array.byteLength,
  });
}
