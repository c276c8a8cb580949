import type { DType, TypedArrayOf } from "../../dtype.ts";
import { DeviceError } from "../../errors.ts";
import type { Kernel } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Device, Handle, MemoryStats, OutputSpec, Operand } from "../device.ts";
import { requestCollection } from "../reclaim.ts";
import { Allocator } from "./allocator.ts";
import type { WasmContext, WasmModuleSource, WasmOperand } from "./context.ts";
import { instantiate } from "./instantiate.ts";
import type { KernelExports } from "./instantiate.ts";

const PAGE = 65536;
const INITIAL_PAGES = 64;
const MAXIMUM_PAGES = 65536;
/** Scratch memory grows in steps of this many bytes. */
const SCRATCH_STEP = 1 << 16;

/** Values in linear memory, or, after a spill, in an array on the JavaScript heap. */
class WasmHandle implements Handle {
  readonly dtype: DType;
  readonly size: number;
  /** Byte address; -1 while spilled. */
  ptr: number;
  spilled: TypedArrayOf | null = null;

  constructor(dtype: DType, size: number, ptr: number) {
    this.dtype = dtype;
    this.size = size;
    this.ptr = ptr;
  }
}

/**
 * Runs kernels as SIMD WebAssembly over one linear memory.
 *
 * The engine's garbage collector does not see linear memory, so the device watches it: once the buffers made since the
 * last collection exceed a budget, `download` asks for a collection and lets the event loop turn, so that finalizers
 * return what was lost. A loop that never waits cannot be helped so; there, buffers that have not been used for longest
 * are moved to the JavaScript heap, where the collector owns them, and are moved back when a kernel needs them.
 */
export class WasmDevice implements Device {
  readonly name = "wasm";
  readonly synchronous = true;
  readonly #memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  readonly #instances = new Map<WasmModuleSource, KernelExports>();
  readonly #allocator = new Allocator(PAGE, INITIAL_PAGES * PAGE, (bytes) => this.#grow(bytes));
  /** Handles with an address, those used longest ago first. */
  readonly #resident = new Set<WasmHandle>();
  #f32 = new Float32Array(0);
  #i32 = new Int32Array(0);
  #scratch = { ptr: 0, bytes: 0, used: 0 };
  #retiredScratch: number[] = [];
  /** Bytes allocated since the last collection or spill. */
  #sinceCollection = 0;
  #bytesAfterCollection = 0;
  readonly #context: WasmContext;

  constructor() {
    this.#refreshViews();
    this.#context = {
      parallel: (module, fn, total, _grain, ...args) => {
        this.#exports(module)[fn]!(0, total, ...args);
      },
      call: (module, fn, ...args) => this.#exports(module)[fn]!(...args),
      scratch: (bytes) => this.#takeScratch(bytes),
      ints: (values) => {
        const ptr = this.#takeScratch(values.length * 4);
        this.#i32.set(values, ptr >> 2);
        return ptr;
      },
    };
  }

  upload(values: TypedArrayOf): WasmHandle {
    const handle = this.#allocate(values instanceof Float32Array ? "float32" : "int32", values.length);
    this.#view(handle).set(values);
    return handle;
  }

  copy(source: WasmHandle): WasmHandle {
    this.#restore(source);
    const handle = this.#allocate(source.dtype, source.size);
    this.#view(handle).set(this.#view(source));
    return handle;
  }

  read(handle: WasmHandle): TypedArrayOf {
    return handle.spilled?.slice() ?? this.#view(handle).slice();
  }

  async download(handle: WasmHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    if (this.#overBudget()) {
      await requestCollection();
      this.#collected();
    }
    return values;
  }

  free(handle: WasmHandle): void {
    handle.spilled = null;
    if (handle.ptr < 0) return;
    this.#allocator.free(handle.ptr);
    this.#resident.delete(handle);
    handle.ptr = -1;
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): WasmHandle[] {
    const operands = inputs.map(({ handle, shape, dtype }): WasmOperand => {
      this.#restore(handle as WasmHandle);
      return { ptr: (handle as WasmHandle).ptr, shape, dtype, size: handle.size };
    });
    const handles: WasmHandle[] = [];
    const results = outputs.map((output): WasmOperand => {
      if (output.inPlaceOf !== undefined) {
        handles.push(inputs[output.inPlaceOf]!.handle as WasmHandle);
        return operands[output.inPlaceOf]!;
      }
      const handle = this.#allocate(output.dtype, sizeOf(output.shape), operands);
      handles.push(handle);
      return { ptr: handle.ptr, shape: output.shape, dtype: output.dtype, size: handle.size };
    });
    this.#scratch.used = 0;
    try {
      kernel.wasm(this.#context, operands, results, params);
    } finally {
      for (const ptr of this.#retiredScratch.splice(0)) this.#allocator.free(ptr);
    }
    return handles;
  }

  memoryStats(): MemoryStats {
    let bytes = 0;
    for (const handle of this.#resident) bytes += handle.size * 4;
    return { buffers: this.#resident.size, bytes, reservedBytes: this.#memory.buffer.byteLength };
  }

  destroy(): void {
    for (const handle of [...this.#resident]) this.free(handle);
    this.#instances.clear();
  }

  #exports(module: WasmModuleSource): KernelExports {
    let exports = this.#instances.get(module);
    if (exports === undefined) {
      exports = instantiate(module, this.#memory);
      this.#instances.set(module, exports);
    }
    return exports;
  }

  #view(handle: WasmHandle): TypedArrayOf {
    const heap = handle.dtype === "float32" ? this.#f32 : this.#i32;
    return heap.subarray(handle.ptr >> 2, (handle.ptr >> 2) + handle.size);
  }

  /** Allocates a buffer. `inUse` are operands whose addresses must stay as they are. */
  #allocate(dtype: DType, size: number, inUse: readonly WasmOperand[] = []): WasmHandle {
    const bytes = size * 4;
    this.#sinceCollection += bytes;
    if (this.#allocator.usedBytes + bytes > SPILL_AT && this.#sinceCollection > SPILL_AT / 2) this.#spill(inUse);
    const handle = new WasmHandle(dtype, size, this.#allocator.allocate(bytes));
    this.#resident.add(handle);
    return handle;
  }

  /** Makes sure that a handle's values are in linear memory, and counts it as used just now. */
  #restore(handle: WasmHandle): void {
    if (handle.ptr >= 0) {
      return;
    }
    if (handle.spilled === null) throw new DeviceError("wasm: a handle was used after it was freed");
    handle.ptr = this.#allocator.allocate(handle.size * 4);
    this.#resident.add(handle);
    this.#view(handle).set(handle.spilled);
    handle.spilled = null;
  }

  /** Moves every buffer that no kernel is using to the JavaScript heap, where the collector frees what is lost. */
  #spill(inUse: readonly WasmOperand[]): void {
    const pinned = new Set(inUse.map((operand) => operand.ptr));
    for (const handle of this.#resident) {
      if (pinned.has(handle.ptr)) continue;
      handle.spilled = this.#view(handle).slice();
      this.#allocator.free(handle.ptr);
      this.#resident.delete(handle);
      handle.ptr = -1;
    }
    this.#collected();
  }

  #overBudget(): boolean {
    return this.#sinceCollection > Math.max(COLLECT_AFTER, this.#bytesAfterCollection) && this.#allocator.usedBytes > this.#bytesAfterCollection;
  }

  #collected(): void {
    this.#sinceCollection = 0;
    this.#bytesAfterCollection = this.#allocator.usedBytes;
  }

  #takeScratch(bytes: number): number {
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

  #grow(bytes: number): number {
    const have = this.#memory.buffer.byteLength;
    const pages = Math.max(Math.ceil(bytes / PAGE), Math.ceil(have / PAGE / 8));
    try {
      this.#memory.grow(Math.min(pages, MAXIMUM_PAGES - have / PAGE));
    } catch (cause) {
      throw new DeviceError(`wasm: out of memory: ${have} bytes are in use and ${bytes} more cannot be had`, { cause });
    }
    this.#refreshViews();
    if (this.#memory.buffer.byteLength - have < bytes) {
      throw new DeviceError(`wasm: out of memory: ${have} bytes are in use and ${bytes} more exceed the 4 GiB that WebAssembly can address`);
    }
    return this.#memory.buffer.byteLength;
  }

  #refreshViews(): void {
    this.#f32 = new Float32Array(this.#memory.buffer);
    this.#i32 = new Int32Array(this.#memory.buffer);
  }
}

/** Ask for a collection when this many bytes were allocated since the last one. */
const COLLECT_AFTER = 48 * 2 ** 20;
/** Move buffers to the JavaScript heap when more than this is resident and nobody ever waited. */
const SPILL_AT = 512 * 2 ** 20;
