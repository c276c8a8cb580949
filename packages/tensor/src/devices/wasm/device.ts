import type { DType, TypedArrayOf } from "../../dtype.ts";
import { DeviceError } from "../../errors.ts";
import type { Kernel } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Device, MemoryStats, OutputSpec, Operand } from "../device.ts";
import { collect, nextTask, requestCollection } from "../reclaim.ts";
import type { WasmContext, WasmOperand } from "./context.ts";
import { WasmHandle } from "./handle.ts";
import type { Place } from "./handle.ts";
import { LinearMemory } from "./memory.ts";
import { ThreadPool } from "./threads.ts";

/** Ask for a collection when so many more bytes are in use than a thorough collection left: at least, and at most. */
const COLLECT_AFTER = 16 * 2 ** 20;
const COLLECT_AFTER_MOST = 64 * 2 ** 20;
/** Where collections take a larger part of the time than that, more bytes may pile up. */
const COLLECTION_SHARE = 0.05;
/** Where nobody waits for values, garbage is collected each time that so many more bytes are in use. */
const COLLECT_EVERY = 64 * 2 ** 20;
/** Move buffers to the JavaScript heap when so many bytes came into use within one task. */
const SPILL_AFTER = 256 * 2 ** 20;

/**
 * Runs kernels as SIMD WebAssembly over one linear memory.
 *
 * The engine's garbage collector does not see linear memory, so the device watches it: once much more is in use than was
 * known to be alive, `download` asks for a collection, a quick one first, and lets the event loop turn, so that finalizers
 * return what was lost. A loop that waits for other things than values gets a collection now and then. One that never
 * waits cannot be helped so; there, buffers that no kernel is using are moved to the JavaScript heap, where the collector
 * owns them, and are moved back when a kernel needs them: the newest first, since weights are older than what is computed
 * from them.
 */
export class WasmDevice implements Device {
  readonly name = "wasm";
  readonly synchronous = true;
  readonly fusesCostlyKernels = true;
  readonly #memory = new LinearMemory();
  #pool: ThreadPool;
  /** Handles whose values are in linear memory. */
  readonly #resident = new Map<Place, WasmHandle>();
  #residentBytes = 0;
  /** What came into linear memory in this task, oldest first: until the next one, finalizers have no chance to run. */
  readonly #young = new Map<Place, WasmHandle>();
  #youngBytes = 0;
  #taskIsKnown = false;
  /** Bytes that were in use after the last thorough collection. */
  #aliveBytes = 0;
  /** Bytes beyond those at which `download` asks for a collection, and when the last one ended. */
  #collectAfter = COLLECT_AFTER;
  #collectedAt = 0;
  /** Bytes in use at which garbage is collected although nobody waits for values. */
  #collectAt = COLLECT_EVERY;
  readonly #context: WasmContext;

  constructor(threads: number) {
    this.#pool = new ThreadPool(this.#memory.memory, threads);
    this.#context = {
      parallel: (module, fn, total, grain, ...args) => this.#pool.run(module, fn, total, grain, args),
      call: (module, fn, ...args) => this.#pool.exports(module)[fn]!(...args),
      scratch: (bytes) => this.#memory.scratch(bytes),
      scratchPerThread: (bytes) => this.#memory.scratch(Math.ceil(bytes / 64) * 64 * this.#pool.threads),
      ints: (values) => {
        const ptr = this.#memory.scratch(values.length * 4);
        this.#memory.i32.set(values, ptr >> 2);
        return ptr;
      },
    };
  }

  /** How many threads kernels run on, the calling one included. */
  get threads(): number {
    return this.#pool.threads;
  }

  set threads(threads: number) {
    if (threads === this.#pool.threads) return;
    this.#pool.destroy();
    this.#pool = new ThreadPool(this.#memory.memory, threads);
  }

  upload(values: TypedArrayOf): WasmHandle {
    const handle = this.#allocate(values instanceof Int32Array ? "int32" : "float32", values.length);
    this.#view(handle).set(values);
    return handle;
  }

  copy(source: WasmHandle): WasmHandle {
    const handle = this.#allocate(source.dtype, source.size, [source]);
    this.#view(handle).set(source.spilled ?? this.#view(source));
    return handle;
  }

  read(handle: WasmHandle): TypedArrayOf {
    return handle.spilled?.slice() ?? this.#view(handle).slice();
  }

  async download(handle: WasmHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    if (this.#memory.usedBytes > this.#aliveBytes + this.#collectAfter) {
      const start = performance.now();
      await requestCollection();
      if (this.#memory.usedBytes > this.#aliveBytes + this.#collectAfter / 2) {
        await requestCollection({ thorough: true });
        this.#aliveBytes = this.#memory.usedBytes;
      }
      this.#collectAt = this.#memory.usedBytes + COLLECT_EVERY;
      this.#spaceCollections(start, performance.now());
    }
    return values;
  }

  /** A small network whose results are garbage at once would spend a quarter of its time on collections. */
  #spaceCollections(start: number, end: number): void {
    const share = (end - start) / (end - this.#collectedAt);
    if (share > COLLECTION_SHARE) this.#collectAfter = Math.min(2 * this.#collectAfter, COLLECT_AFTER_MOST);
    else if (share < COLLECTION_SHARE / 4) this.#collectAfter = Math.max(this.#collectAfter / 2, COLLECT_AFTER);
    this.#collectedAt = end;
  }

  free(handle: WasmHandle): void {
    handle.spilled = null;
    this.reclaim(handle.token);
  }

  reclaim(place: Place): void {
    if (place.ptr < 0) return;
    this.#memory.free(place.ptr);
    place.ptr = -1;
    const bytes = this.#resident.get(place)!.size * 4;
    this.#residentBytes -= bytes;
    this.#resident.delete(place);
    if (this.#young.delete(place)) this.#youngBytes -= bytes;
    this.#collectAt = Math.min(this.#collectAt, this.#memory.usedBytes + COLLECT_EVERY);
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): WasmHandle[] {
    const used = inputs.map((input) => input.handle as WasmHandle);
    const operands = inputs.map((input, i): WasmOperand => {
      const handle = used[i]!;
      this.#restore(handle, used);
      return { ptr: handle.token.ptr, shape: input.shape, dtype: input.dtype, size: handle.size };
    });
    const results: WasmOperand[] = [];
    const made: WasmHandle[] = [];
    try {
      const handles = outputs.map((output) => {
        if (output.inPlaceOf !== undefined) {
          results.push(operands[output.inPlaceOf]!);
          return used[output.inPlaceOf]!;
        }
        const handle = this.#allocate(output.dtype, sizeOf(output.shape), used);
        made.push(handle);
        used.push(handle);
        results.push({ ptr: handle.token.ptr, shape: output.shape, dtype: output.dtype, size: handle.size });
        return handle;
      });
      kernel.wasm(this.#context, operands, results, params);
      return handles;
    } catch (error) {
      for (const handle of made) this.free(handle);
      throw error;
    } finally {
      this.#memory.endScratch();
    }
  }

  memoryStats(): MemoryStats {
    return { buffers: this.#resident.size, bytes: this.#residentBytes, reservedBytes: this.#memory.byteLength };
  }

  destroy(): void {
    this.#pool.destroy();
    for (const handle of [...this.#resident.values()]) this.free(handle);
  }

  #view(handle: WasmHandle): TypedArrayOf {
    const { ptr } = handle.token;
    if (ptr < 0) throw new DeviceError("wasm: a handle was used after it was freed");
    const heap = handle.dtype === "int32" ? this.#memory.i32 : this.#memory.f32;
    return heap.subarray(ptr >> 2, (ptr >> 2) + handle.size);
  }

  /** Allocates a buffer. The addresses of `inUse` stay as they are. */
  #allocate(dtype: DType, size: number, inUse: readonly WasmHandle[] = []): WasmHandle {
    const bytes = size * 4;
    if (this.#memory.usedBytes > this.#collectAt) {
      collect({ thorough: true });
      this.#collectAt = this.#memory.usedBytes + COLLECT_EVERY;
    }
    this.#spillIfFull(bytes, inUse);
    const handle = new WasmHandle(dtype, size, this.#memory.allocate(bytes));
    this.#settle(handle);
    return handle;
  }

  #settle(handle: WasmHandle): void {
    this.#resident.set(handle.token, handle);
    this.#residentBytes += handle.size * 4;
    this.#young.set(handle.token, handle);
    this.#youngBytes += handle.size * 4;
    if (!this.#taskIsKnown) void this.#awaitNextTask();
  }

  async #awaitNextTask(): Promise<void> {
    this.#taskIsKnown = true;
    await nextTask();
    this.#taskIsKnown = false;
    this.#young.clear();
    this.#youngBytes = 0;
  }

  /** Makes sure that a handle's values are in linear memory. */
  #restore(handle: WasmHandle, inUse: readonly WasmHandle[]): void {
    if (handle.token.ptr >= 0) return;
    const { spilled } = handle;
    if (spilled === null) throw new DeviceError("wasm: a handle was used after it was freed");
    this.#spillIfFull(spilled.byteLength, inUse);
    handle.token.ptr = this.#memory.allocate(spilled.byteLength);
    this.#settle(handle);
    this.#view(handle).set(spilled);
    handle.spilled = null;
  }

  /** Moves half of what is young, and no kernel is using, to the JavaScript heap, where the collector frees what is lost. */
  #spillIfFull(bytes: number, inUse: readonly WasmHandle[]): void {
    if (this.#youngBytes + bytes <= SPILL_AFTER) return;
    for (const handle of [...this.#young.values()].reverse()) {
      if (this.#youngBytes <= SPILL_AFTER / 2) return;
      if (inUse.includes(handle)) continue;
      handle.spilled = this.#view(handle).slice();
      this.reclaim(handle.token);
    }
  }
}
