import { AddressTable } from "./address-table.ts";

/** Addresses and sizes are multiples of a cache line. */
export const ALIGNMENT = 64;
/** Kernels may read this far past the end of a buffer. */
const OVERREAD = 64;

/** Blocks up to this size wait, when they are freed, for the next request of their size. */
const SMALL = 64 * 2 ** 10;
/** Bytes that wait at most. */
const MAX_WAITING = 2 * 2 ** 20;

/**
 * Hands out ranges of linear memory: the smallest free block that is large enough, or fresh memory at the end.
 *
 * A block that is freed is merged with free neighbours at once, so that memory does not fall apart; what a smaller one
 * leaves of a block stays free. Both cost a few look-ups, however many blocks there are. Small blocks, of which a training
 * step frees and takes hundreds, are set aside by size first, and merged when they have become many or memory runs short.
 */
export class Allocator {
  readonly #start: number;
  #end: number;
  #limit: number;
  readonly #grow: (missing: number, size: number) => number;
  /** Sizes in bytes, by address, of blocks that are used or were set aside. */
  readonly #blocks = new AddressTable();
  /** Addresses of blocks that were set aside, by size. */
  readonly #waiting = new Map<number, number[]>();
  #waitingBytes = 0;
  /** Sizes of free blocks by address, and addresses by where they end. No two of them touch, and none the end. */
  readonly #free = new AddressTable();
  readonly #freeByEnd = new AddressTable();
  /** Free blocks in ascending order of their sizes, and of their addresses, as `rankOf` makes one number of both. */
  readonly #ranks: number[] = [];
  #usedBytes = 0;

  /**
   * @param start first byte that may be handed out.
   * @param limit first byte that does not exist yet.
   * @param grow makes at least so many more bytes exist, for a block of that size, and returns the new limit; throws if it
   *   cannot, and then the limit is as it was.
   */
  constructor(start: number, limit: number, grow: (missing: number, size: number) => number) {
    this.#start = align(start);
    this.#end = this.#start;
    this.#limit = limit;
    this.#grow = grow;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Bytes from the first block to the end of the last one. */
  get extent(): number {
    return this.#end - this.#start;
  }

  /** @throws what `grow` throws. */
  allocate(bytes: number): number {
    const size = align(bytes + OVERREAD);
    return this.#use(this.#takeWaiting(size) ?? this.#takeFree(size) ?? this.#takeFresh(size), size);
  }

  /** As `allocate`, from what exists; null if memory would have to grow. */
  tryAllocate(bytes: number): number | null {
    const size = align(bytes + OVERREAD);
    const ptr = this.#takeWaiting(size) ?? this.#takeFree(size);
    if (ptr !== undefined) return this.#use(ptr, size);
    return this.#end + size > this.#limit ? null : this.#use(this.#takeFresh(size), size);
  }

  #use(ptr: number, size: number): number {
    this.#blocks.set(ptr, size);
    this.#usedBytes += size;
    return ptr;
  }

  free(ptr: number): void {
    const size = this.#blocks.get(ptr)!;
    this.#usedBytes -= size;
    if (size > SMALL) {
      this.#merge(ptr);
      return;
    }
    const waiting = this.#waiting.get(size);
    if (waiting === undefined) this.#waiting.set(size, [ptr]);
    else waiting.push(ptr);
    this.#waitingBytes += size;
    if (this.#waitingBytes > MAX_WAITING) this.mergeWaiting();
  }

  /** Makes free memory of the blocks that were set aside. */
  mergeWaiting(): void {
    for (const list of this.#waiting.values()) for (const ptr of list) this.#merge(ptr);
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  /** Makes one free block of a block and its free neighbours. */
  #merge(ptr: number): void {
    let start = ptr;
    let size = this.#blocks.get(ptr)!;
    this.#blocks.delete(ptr);
    const before = this.#freeByEnd.get(start);
    if (before !== undefined) {
      size += this.#remove(before);
      start = before;
    }
    if (this.#free.has(start + size)) size += this.#remove(start + size);
    if (start + size === this.#end) this.#end = start;
    else this.#add(start, size);
  }

  #takeWaiting(size: number): number | undefined {
    const ptr = this.#waiting.get(size)?.pop();
    if (ptr !== undefined) this.#waitingBytes -= size;
    return ptr;
  }

  #takeFree(size: number): number | undefined {
    const rank = this.#ranks[lowerBound(this.#ranks, rankOf(size, 0))];
    if (rank === undefined) return undefined;
    const ptr = (rank % MOST_UNITS) * ALIGNMENT;
    const fitting = this.#remove(ptr);
    if (fitting > size) this.#add(ptr + size, fitting - size);
    return ptr;
  }

  #takeFresh(size: number): number {
    if (this.#end + size > this.#limit && this.#waitingBytes > 0) {
      this.mergeWaiting();
      const found = this.#takeFree(size);
      if (found !== undefined) return found;
    }
    const ptr = this.#end;
    if (ptr + size > this.#limit) this.#limit = this.#grow(ptr + size - this.#limit, size);
    this.#end += size;
    return ptr;
  }

  #add(ptr: number, size: number): void {
    this.#free.set(ptr, size);
    this.#freeByEnd.set(ptr + size, ptr);
    const rank = rankOf(size, ptr);
    this.#ranks.splice(lowerBound(this.#ranks, rank), 0, rank);
  }

  /** Takes a free block out of all lists and returns its size. */
  #remove(ptr: number): number {
    const size = this.#free.get(ptr)!;
    this.#free.delete(ptr);
    this.#freeByEnd.delete(ptr + size);
    this.#ranks.splice(lowerBound(this.#ranks, rankOf(size, ptr)), 1);
    return size;
  }
}

/** Of 4 GiB, in units of `ALIGNMENT`. */
const MOST_UNITS = 2 ** 26;

/** A number that grows with the size, and with the address among blocks of one size. */
function rankOf(size: number, ptr: number): number {
  return (size / ALIGNMENT) * MOST_UNITS + ptr / ALIGNMENT;
}

/** The first place in an ascending list whose value is at least `value`. */
function lowerBound(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
