import { DeviceError } from "../../errors.ts";
import { Allocator } from "./allocator.ts";
import type { Address } from "./context.ts";
import { checkEngine } from "./instantiate.ts";

const PAGE = 65536;
const INITIAL_PAGES = 64;
/** 4 GiB: all that 32-bit addresses reach. Address space only; nothing is resident until it is used. */
const MAXIMUM_PAGES = 65536;
/** Scratch memory grows in steps of this many bytes. */
const SCRATCH_STEP = 1 << 16;
/** More scratch memory than this is not kept for the next kernel. */
const SCRATCH_KEPT = 64 * 2 ** 20;

/**
 * Bytes from one thread's scratch to the next's; as `threadScratch` of wasm-src/lib/thread.ts. Processors fetch ahead of the strides
 * of a thread, some sixteen of them. What they so took from another thread's scratch would have to be fetched back, which was
 * seen to double the time of a convolution. What lies between is never touched, so it takes no memory.
 */
export function threadDistance(bytes: number): number {
  return Math.ceil((bytes + 4 * Math.min(Math.max(bytes, 2 ** 10), 2 ** 18)) / 64) * 64;
}

/** The linear memory that every kernel module shares: buffers that last, and scratch that a kernel takes. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  f32!: Float32Array;
  i32!: Int32Array;
  /** The first page stays free: address 0 and the modules' own data. */
  readonly #allocator = new Allocator(PAGE, INITIAL_PAGES * PAGE, (missing, size) => this.#grow(missing, size));
  #scratch = { ptr: 0, bytes: 0, used: 0 };
  #retiredScratch: number[] = [];

  /** @throws DeviceError if the engine has no WebAssembly, or the process no address space. */
  constructor() {
    checkEngine();
    this.memory = reserve();
    this.#refreshViews();
  }

  get usedBytes(): number {
    return this.#allocator.usedBytes;
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** Address of a fresh block, a multiple of 64. @throws DeviceError if there is no room. */
  allocate(bytes: number): number {
    const ptr = this.#allocator.tryAllocate(bytes);
    if (ptr !== null) return ptr;
    // What the last kernel left may lie in the way.
    this.#dropScratch();
    return this.#allocator.allocate(bytes);
  }

  /** Frees the scratch memory that no kernel uses. */
  #dropScratch(): void {
    if (this.#scratch.bytes === 0 || this.#scratch.used > 0) return;
    this.#allocator.free(this.#scratch.ptr);
    this.#scratch = { ptr: 0, bytes: 0, used: 0 };
  }

  free(ptr: number): void {
    this.#allocator.free(ptr);
  }

  /** Address of memory that is valid until `endScratch`, a multiple of 64. */
  scratch(bytes: number): Address {
    const size = Math.ceil(bytes / 64) * 64;
    if (this.#scratch.used + size > this.#scratch.bytes) {
      const total = Math.ceil((this.#scratch.used + size) / SCRATCH_STEP) * SCRATCH_STEP;
      this.#dropScratch();
      const ptr = this.#allocator.allocate(total);
      // Earlier pieces of this kernel's scratch stay valid until it returns.
      if (this.#scratch.bytes > 0) this.#retiredScratch.push(this.#scratch.ptr);
      this.#scratch = { ptr, bytes: total, used: 0 };
    }
    const ptr = this.#scratch.ptr + this.#scratch.used;
    this.#scratch.used += size;
    return ptr as Address;
  }

  /** Gives back what `run` took. */
  givingScratchBack(run: () => void): void {
    const { ptr, used } = this.#scratch;
    run();
    // Where it began a new piece, all of that is its own.
    this.#scratch.used = this.#scratch.ptr === ptr ? used : 0;
  }

  /** Gives all scratch back. */
  endScratch(): void {
    this.#scratch.used = 0;
    if (this.#scratch.bytes > SCRATCH_KEPT) {
      this.#retiredScratch.push(this.#scratch.ptr);
      this.#scratch = { ptr: 0, bytes: 0, used: 0 };
    }
    while (this.#retiredScratch.length > 0) this.#allocator.free(this.#retiredScratch.pop()!);
  }

  /** Makes `missing` more bytes exist, for a block of `size`. */
  #grow(missing: number, size: number): number {
    const have = this.byteLength / PAGE;
    const least = Math.ceil(missing / PAGE);
    const room = MAXIMUM_PAGES - have;
    if (least > room)
      throw this.#outOfMemory(size, "do not fit in one piece into the 4 GiB that WebAssembly can address");
    try {
      // Ask for more than is missing, so that memory grows seldom. If that cannot be had, ask for what is missing.
      if (!this.#tryGrow(Math.min(room, Math.max(least, Math.ceil(have / 8))))) this.memory.grow(least);
    } catch (cause) {
      throw this.#outOfMemory(size, "cannot be had from the system", cause);
    }
    this.#refreshViews();
    return this.byteLength;
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch {
      return false;
    }
  }

  #outOfMemory(size: number, reason: string, cause?: unknown): DeviceError {
    const message = `wasm: out of memory: ${this.usedBytes} bytes are in use, and ${size} more ${reason}`;
    return cause === undefined ? new DeviceError(message) : new DeviceError(message, { cause });
  }

  #refreshViews(): void {
    this.f32 = new Float32Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
  }
}

/** Engines reserve addresses for all that it may grow to, or for as much as they can. */
function reserve(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DeviceError(
      `wasm: this process cannot reserve the addresses that WebAssembly wants, up to 10 GiB (${reason}). ` +
        "Node's --disable-wasm-trap-handler makes it want fewer; gpu:cpu does without",
      { cause },
    );
  }
}
