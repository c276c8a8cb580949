/** Addresses and sizes are multiples of a cache line. */
export const ALIGNMENT = 64;
/** Kernels may read this far past the end of a buffer. */
const OVERREAD = 64;

/**
 * Hands out ranges of linear memory.
 *
 * Training asks for the same sizes again and again, so freed blocks wait in a list for their exact size. Only when that
 * list is empty are neighbours merged and the smallest block that is large enough split.
 */
export class Allocator {
  #end: number;
  #limit: number;
  readonly #grow: (bytes: number) => number;
  /** Size in bytes of every block, used and free, by address. */
  readonly #sizes = new Map<number, number>();
  /** Addresses of free blocks by size. */
  readonly #free = new Map<number, number[]>();
  #freeBytes = 0;
  #usedBytes = 0;

  /**
   * @param start first byte that may be handed out.
   * @param limit first byte that does not exist yet.
   * @param grow makes at least so many more bytes exist and returns the new limit; throws if it cannot.
   */
  constructor(start: number, limit: number, grow: (bytes: number) => number) {
    this.#end = align(start);
    this.#limit = limit;
    this.#grow = grow;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get usedBlocks(): number {
    let free = 0;
    for (const list of this.#free.values()) free += list.length;
    return this.#sizes.size - free;
  }

  allocate(bytes: number): number {
    const size = align(bytes + OVERREAD);
    const ptr = this.#take(size) ?? this.#carve(size);
    this.#usedBytes += size;
    return ptr;
  }

  free(ptr: number): void {
    const size = this.#sizes.get(ptr)!;
    this.#usedBytes -= size;
    this.#putBack(ptr, size);
  }

  #take(size: number): number | undefined {
    const ptr = this.#free.get(size)?.pop();
    if (ptr !== undefined) this.#freeBytes -= size;
    return ptr;
  }

  #putBack(ptr: number, size: number): void {
    this.#sizes.set(ptr, size);
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [ptr]);
    else list.push(ptr);
    this.#freeBytes += size;
  }

  /** A block from fresh memory, or from merged free blocks if there are many of them. */
  #carve(size: number): number {
    if (this.#freeBytes >= size && (this.#end + size > this.#limit || this.#freeBytes > this.#usedBytes)) {
      const ptr = this.#mergeAndSplit(size);
      if (ptr !== undefined) return ptr;
    }
    if (this.#end + size > this.#limit) this.#limit = this.#grow(this.#end + size - this.#limit);
    const ptr = this.#end;
    this.#end += size;
    this.#sizes.set(ptr, size);
    return ptr;
  }

  /** Merges all neighbouring free blocks, then cuts `size` bytes off the smallest that is large enough. */
  #mergeAndSplit(size: number): number | undefined {
    const blocks = [...this.#free]
      .flatMap(([each, list]) => list.map((ptr) => ({ ptr, size: each })))
      .sort((a, b) => a.ptr - b.ptr);
    this.#free.clear();
    this.#freeBytes = 0;
    const merged: { ptr: number; size: number }[] = [];
    for (const block of blocks) {
      this.#sizes.delete(block.ptr);
      const last = merged.at(-1);
      if (last !== undefined && last.ptr + last.size === block.ptr) last.size += block.size;
      else merged.push(block);
    }
    const tail = merged.at(-1);
    if (tail !== undefined && tail.ptr + tail.size === this.#end) {
      this.#end = tail.ptr;
      merged.pop();
    }
    let best: { ptr: number; size: number } | undefined;
    for (const block of merged) if (block.size >= size && (best === undefined || block.size < best.size)) best = block;
    for (const block of merged) if (block !== best) this.#putBack(block.ptr, block.size);
    if (best === undefined) return undefined;
    if (best.size > size) this.#putBack(best.ptr + size, best.size - size);
    this.#sizes.set(best.ptr, size);
    return best.ptr;
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
