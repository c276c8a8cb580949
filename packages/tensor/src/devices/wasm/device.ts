import { tellOnce } from "../../checks/tell-once.ts";
import { DeviceError } from "../../errors.ts";
import type { DType, TypedArrayOf } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { InnerDevice, MemoryStats, OutputSpec, Operand } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { collect, requestCollection } from "../reclaim.ts";
import type { Address, Pointer, WasmContext } from "./context.ts";
import type { DerivedValues } from "./derived.ts";
import { copyToHeap, ELSEWHERE, heapHandle, isResident, operandOf, type Residence, WasmHandle } from "./handle.ts";
import { compileAhead } from "./instantiate.ts";
import { KernelCalls } from "./kernel-calls.ts";
import { LinearMemory, threadDistance } from "./memory.ts";
import { collectBetweenSteps, nextTask, now } from "#host";

/** `download` asks for a collection when so many more bytes are in use than the last one left: the least, and the most. */
const COLLECT_AFTER = 16 * 2 ** 20;
const COLLECT_AFTER_MOST = 48 * 2 ** 20;
/** If collections take a larger part of the time than this, more bytes may pile up. */
const COLLECTION_SHARE = 0.05;
/** Where nobody waits for values, garbage is collected each time that so many more bytes are in use: later than by `download`. */
const COLLECT_EVERY = 64 * 2 ** 20;
/** Move buffers to the JavaScript heap when so many bytes came into use within one task. */
const SPILL_AFTER = 256 * 2 ** 20;
/** So many tensors of one task that nobody freed are surely a loop that never waits. */
const MANY_TENSORS = 2 ** 19;
/** Handles of one task that are listed before those that left linear memory are taken out. */
const WEED_AFTER = 1024;

/**
 * Runs kernels as SIMD WebAssembly over one linear memory.
 *
 * The engine's garbage collector does not see linear memory, so the device watches it. Once much more is in use than was known
 * to be alive, `download` asks for a collection and lets the event loop turn, so that finalizers return what was lost. A loop
 * that waits for other things than values gets a collection now and then. A loop that never waits leaves finalizers no room.
 * There, buffers that no kernel is using move to the JavaScript heap, where the collector owns them, and move back when a kernel
 * needs them. The newest go first, because weights are older than what is computed from them.
 */
export class WasmDevice implements InnerDevice {
  readonly name = "wasm";
  readonly synchronous = true;
  readonly fusesCostlyKernels = true;
  readonly #memory = new LinearMemory();
  /** Null until a kernel derives something. */
  #derived: DerivedValues | null = null;
  /** What the kernel that runs reads. */
  #read: readonly WasmHandle[] = [];
  /** How kernels run: on which threads, and with which width. */
  readonly calls: KernelCalls;
  /** Handles whose values are in linear memory. */
  #residents = 0;
  #residentBytes = 0;
  /** Bytes that came into linear memory in this task, and the later half of what may do so, oldest first; some of it left since. */
  #youngBytes = 0;
  #young: WasmHandle[] = [];
  /** How many tensors this task made and did not free. Each lost one keeps some hundred bytes until the next task. */
  #unfreed = 0;
  /** Length of `#young` at which those that left are taken out. */
  #weedAt = WEED_AFTER;
  #task = 0;
  #taskIsKnown = false;
  /** Bytes that were in use after the last collection, less what was freed since. */
  #aliveBytes = 0;
  /** Bytes beyond those at which `download` asks for a collection, and when the last one ended. */
  #collectAfter = COLLECT_AFTER;
  #collectedAt = 0;
  /** The collection under way: whoever reads meanwhile waits for it, and asks for no other. */
  #collection: Promise<void> | null = null;
  /** Bytes in use at which garbage is collected although nobody waits for values. */
  #collectAt = COLLECT_EVERY;
  readonly #context: WasmContext;

  constructor(threads: number) {
    this.calls = new KernelCalls(this.#memory.memory, threads);
    this.#context = {
      parallel: (module, fn, total, grain, ...args) => this.calls.parallel(module, fn, total, grain, args),
      call: (module, fn, ...args) => this.calls.functionOf(module, fn)(...args),
      derive: (Values, ptr, key, bytes, make) => {
        this.#derived ??= new Values(this.#memory);
        return this.#derived.get(this.#read.find(({ token }) => token.ptr === ptr)?.token, key, bytes, make);
      },
      scratch: (bytes) => this.#memory.scratch(bytes),
      givingScratchBack: (run) => this.#memory.givingScratchBack(run),
      scratchPerThread: (bytes) => this.#memory.scratch(bytes + (this.calls.threads - 1) * threadDistance(bytes)),
      ints: (values) => this.#writeInts(values),
      struct: <S extends readonly number[]>(...fields: S) => this.#writeInts(fields) as Pointer<S>,
    };
  }

  /** Compiles the kernels that are loaded and starts the workers, so that no op has to wait for that. For pages. */
  async prepare(): Promise<void> {
    await compileAhead();
    await this.calls.whenStarted();
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

  copyToHeap(source: WasmHandle): WasmHandle | null {
    const values = copyToHeap(source.spilled ?? this.#view(source));
    return values && heapHandle(values);
  }

  read(handle: WasmHandle): TypedArrayOf {
    const values = handle.spilled ?? this.#view(handle);
    const copy = copyToHeap(values);
    if (copy === null)
      throw new DeviceError(`wasm: the JavaScript heap has no room for ${values.byteLength} bytes to read`);
    return copy;
  }

  async download(handle: WasmHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    if (this.#memory.usedBytes > this.#aliveBytes + this.#collectAfter)
      this.#collection ??= this.#collectLost().finally(() => (this.#collection = null));
    if (this.#collection !== null) await this.#collection;
    else collectBetweenSteps();
    return values;
  }

  async #collectLost(): Promise<void> {
    const start = now();
    const whole = await requestCollection({ thorough: true });
    if (!whole && this.#memory.usedBytes > this.#aliveBytes + this.#collectAfter / 2) await requestCollection();
    this.#aliveBytes = this.#memory.usedBytes;
    this.#collectAt = this.#memory.usedBytes + COLLECT_EVERY;
    this.#spaceCollections(start, now());
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
    if (handle.token.task === this.#task) this.#unfreed--;
    this.reclaim(handle.token);
  }

  reclaim(location: Residence): void {
    if (location.ptr < 0) return;
    this.#derived?.forget(location);
    this.#memory.free(location.ptr);
    location.ptr = ELSEWHERE;
    this.#residents--;
    this.#residentBytes -= location.bytes;
    if (location.task === this.#task) this.#youngBytes -= location.bytes;
    this.#collectAt = Math.min(this.#collectAt, this.#memory.usedBytes + COLLECT_EVERY);
    this.#aliveBytes = Math.min(this.#aliveBytes, this.#memory.usedBytes);
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): WasmHandle[] {
    // Arrays have their length from the start: growing, they would take far more memory than there is in them.
    const used = new Array<WasmHandle>(inputs.length + outputs.length);
    for (let i = 0; i < inputs.length; i++) used[i] = inputs[i]!.handle as WasmHandle;
    let made = inputs.length;
    try {
      const operands = inputs.map((input, i) => {
        this.#restore(used[i]!, used);
        return operandOf(used[i]!, input);
      });
      const handles = outputs.map(({ inPlaceOf, dtype, shape }) => {
        if (inPlaceOf !== undefined) return used[inPlaceOf]!;
        return (used[made++] = this.#allocate(dtype, sizeOf(shape), used));
      });
      const results = outputs.map((output, i) => operandOf(handles[i]!, output));
      this.#read = used;
      kernel.wasm(this.#context, operands, results, params);
      return handles;
    } catch (error) {
      for (const handle of used.slice(inputs.length, made)) if (handle !== undefined) this.free(handle);
      throw error;
    } finally {
      for (const { inPlaceOf } of outputs) if (inPlaceOf !== undefined) this.#derived?.forget(used[inPlaceOf]!.token);
      this.#memory.endScratch();
    }
  }

  memoryStats(): MemoryStats {
    return { buffers: this.#residents, bytes: this.#residentBytes, reservedBytes: this.#memory.byteLength };
  }

  destroy(): void {
    this.calls.destroy();
  }

  #writeInts(values: ArrayLike<number>): Address {
    const ptr = this.#memory.scratch(values.length * 4);
    const { i32 } = this.#memory;
    const first = ptr >>> 2;
    // A loop: `set` takes far longer for a short list of numbers.
    for (let i = 0; i < values.length; i++) i32[first + i] = values[i]!;
    return ptr;
  }

  #view(handle: WasmHandle): TypedArrayOf {
    const { ptr } = handle.token;
    if (ptr < 0) throw new DeviceError("wasm: a handle was used after it was freed");
    const heap = handle.dtype === "int32" ? this.#memory.i32 : this.#memory.f32;
    const first = ptr >>> 2;
    return heap.subarray(first, first + handle.size);
  }

  /** Allocates a buffer. The addresses of `inUse` stay as they are. */
  #allocate(dtype: DType, size: number, inUse: readonly WasmHandle[] = []): WasmHandle {
    const bytes = size * 4;
    if (this.#memory.usedBytes > this.#collectAt) {
      collect({ thorough: true });
      this.#collectAt = this.#memory.usedBytes + COLLECT_EVERY;
    }
    this.#spillIfFull(bytes, inUse);
    const handle = new WasmHandle(dtype, size, this.#block(bytes));
    if (++this.#unfreed === MANY_TENSORS) tellOnce(neverWaits);
    this.#settle(handle);
    return handle;
  }

  /** Address of a fresh block. @throws DeviceError if there is no room. */
  #block(bytes: number): number {
    return (this.#derived ?? this.#memory).allocate(bytes);
  }

  #settle(handle: WasmHandle): void {
    const { token } = handle;
    this.#residents++;
    this.#residentBytes += token.bytes;
    token.task = this.#task;
    this.#youngBytes += token.bytes;
    if (this.#youngBytes > SPILL_AFTER / 2 && this.#young.push(handle) >= this.#weedAt) this.#weed();
    if (!this.#taskIsKnown) void this.#awaitNextTask();
  }

  async #awaitNextTask(): Promise<void> {
    this.#taskIsKnown = true;
    await nextTask();
    this.#taskIsKnown = false;
    this.#task++;
    this.#young = [];
    this.#weedAt = WEED_AFTER;
    this.#youngBytes = 0;
    this.#unfreed = 0;
  }

  /** Makes sure that a handle's values are in linear memory. */
  #restore(handle: WasmHandle, inUse: readonly WasmHandle[]): void {
    if (handle.token.ptr >= 0) return;
    const { spilled } = handle;
    if (spilled === null) throw new DeviceError("wasm: a handle was used after it was freed");
    this.#spillIfFull(spilled.byteLength, inUse);
    handle.token.ptr = this.#block(spilled.byteLength);
    this.#settle(handle);
    this.#view(handle).set(spilled);
    handle.spilled = null;
  }

  /** Moves half of what is young, and no kernel is using, to the JavaScript heap, where the collector frees what is lost. */
  #spillIfFull(bytes: number, inUse: readonly WasmHandle[]): void {
    if (this.#youngBytes + bytes <= SPILL_AFTER) return;
    for (let i = this.#young.length - 1; i >= 0 && this.#youngBytes > SPILL_AFTER / 2; i--) {
      const handle = this.#young[i]!;
      if (!isResident(handle) || inUse.includes(handle)) continue;
      handle.spilled = copyToHeap(this.#view(handle));
      if (handle.spilled === null) break;
      this.reclaim(handle.token);
    }
    this.#weed();
  }

  /** Forgets what left linear memory: the collector owns that now. */
  #weed(): void {
    this.#young = this.#young.filter(isResident);
    this.#weedAt = Math.max(WEED_AFTER, 2 * this.#young.length);
  }
}

const neverWaits =
  `wasm: ${MANY_TENSORS} tensors were made in one task and not freed, and what is lost of them is only reclaimed when the ` +
  "program waits: use scope(), or let the loop wait now and then, as in await loss.item()";
