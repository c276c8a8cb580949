import type { Pool } from "./pool.ts";

/** Pages of the memory; kernels of gpu.js allow for as many. They are reserved, and become resident as they are used. */
const PAGES = 4096;
const PAGE_BYTES = 65536;

/** A kernel of gpu.js's webasm mode. */
export interface WebasmKernel {
  /** The memory of at least so many pages to use; null if the kernel shall make its own. The build adds this to gpu.js. */
  takeMemory?: (pages: number) => WebAssembly.Memory | null;
  _instantiate(entryKey: string, args: unknown): void;
  /** What is kept for the sizes that it is called with. */
  _active: { readonly memory: WebAssembly.Memory; f32: Float32Array; i32: Int32Array };
}

/**
 * One linear memory for all kernels of gpu.js's webasm mode, each of which would have one of its own, with arguments
 * and output: hundreds of megabytes for a small network, and cold. Kernels run one after the other and their outputs are
 * copied out at once, so they can share.
 */
export class SharedMemory {
  readonly #memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  readonly #f32 = new Float32Array(this.#memory.buffer);
  readonly #i32 = new Int32Array(this.#memory.buffer);

  /** Outputs are copied out to arrays of the pool. */
  constructor(pool: Pool<Float32Array>) {
    // This is how gpu.js copies a kernel's output out of the memory.
    this.#f32.slice = (from, to) => {
      const values = this.#f32.subarray(from, to);
      const copy = pool.take(values.length) as Float32Array<ArrayBuffer>;
      copy.set(values);
      return copy;
    };
  }

  /** Makes a kernel use this memory, if it is large enough. */
  adopt(kernel: WebasmKernel): void {
    kernel.takeMemory = (pages) => (pages <= PAGES ? this.#memory : null);
    const instantiate = kernel._instantiate;
    kernel._instantiate = (entryKey, args) => {
      instantiate.call(kernel, entryKey, args);
      const entry = kernel._active;
      if (entry.memory !== this.#memory) return;
      entry.f32 = this.#f32;
      entry.i32 = this.#i32;
    };
  }

  /** Whether a kernel with so many bytes of arguments and outputs will use this memory. */
  fits(bytes: number): boolean {
    // gpu.js adds 16 pages, and aligns each argument.
    return bytes <= (PAGES - 17) * PAGE_BYTES;
  }
}
