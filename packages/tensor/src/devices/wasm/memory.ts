import { DeviceError } from "../../errors.ts";
import { Allocator } from "./allocator.ts";

const PAGE = 65536;
const INITIAL_PAGES = 64;
/** 4 GiB: all that 32-bit addresses reach. Address space only; nothing is resident until it is used. */
const MAXIMUM_PAGES = 65536;
/** Scratch memory grows in steps of this many bytes. */
const SCRATCH_STEP = 1 << 16;

/** The linear memory that every kernel module shares: buffers that last, and scratch that a kernel takes. */
export class LinearMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({
    initial: INITIAL_PAGES,
    maximum: MAXIMUM_PAGES,
    shared: true,
  });
  f32!: Float32Array;
  i32!: Int32Array;
  /** The first page stays free: address 0 and the modules' own data. */
  readonly #allocator = new Allocator(PAGE, INITIAL_PAGES * PAGE, (bytes) => this.#grow(bytes));
  #scratch = { ptr: 0, bytes: 0, used: 0 };
  #retiredScratch: number[] = [];

  constructor() {
    this.#refreshViews();
  }

  get usedBytes(): number {
    return this.#allocator.usedBytes;
  }

  get byteLength(): number {
    return this.memory.buffer.byteLength;
  }

  /** Address of a fresh block, a multiple of 64. */
  allocate(bytes: number): number {
    return this.#allocator.allocate(bytes);
  }

  free(ptr: number): void {
    this.#allocator.free(ptr);
  }

  /** Address of memory that is valid until `endScratch`, a multiple of 64. */
  scratch(bytes: number): number {
    const size = Math.ceil(bytes / 64) * 64;
    if (this.#scratch.used + size > this.#scratch.bytes) {
      // Earlier pieces of this kernel's scratch stay valid until it returns.
      if (this.#scratch.bytes > 0) this.#retiredScratch.push(this.#scratch.ptr);
      const total = Math.ceil((this.#scratch.used + size) / SCRATCH_STEP) * SCRATCH_STEP;
      this.#scratch = { ptr: this.#allocator.allocate(total), bytes: total, used: 0 };
    }
    const ptr = this.#scratch.ptr + this.#scratch.used;
    this.#scratch.used += size;
    return ptr;
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
    for (const ptr of this.#retiredScratch.splice(0)) this.#allocator.free(ptr);
  }

  #grow(bytes: number): number {
    const have = this.byteLength;
    const pages = Math.max(Math.ceil(bytes / PAGE), Math.ceil(have / PAGE / 8));
    try {
      this.memory.grow(Math.min(pages, MAXIMUM_PAGES - have / PAGE));
    } catch (cause) {
      throw new DeviceError(`wasm: out of memory: ${have} bytes are in use and ${bytes} more cannot be had`, { cause });
    }
    this.#refreshViews();
    if (this.byteLength - have < bytes) {
      throw new DeviceError(
        `wasm: out of memory: ${have} bytes are in use and ${bytes} more exceed the 4 GiB that WebAssembly can address`,
      );
    }
    return this.byteLength;
  }

  #refreshViews(): void {
    this.f32 = new Float32Array(this.memory.buffer);
    this.i32 = new Int32Array(this.memory.buffer);
  }
}
