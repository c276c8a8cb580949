import type { DType, TypedArrayOf } from "../../tensor/dtype.ts";
import type { HostValues, InnerDevice, InnerHandle, MemoryStats, Operand, OutputSpec } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { checkMode, failureOf, type GpuInstance } from "./gpujs.ts";
import { gpuHalfOf } from "./half-of.ts";
import { type CompiledStep, KernelCache } from "./kernel-cache.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import type { GpuMode } from "./open-gpu-device.ts";
import { arrayPool, type Pool } from "./pool.ts";
import { gridOf } from "./program.ts";
import { SharedMemory } from "./shared-memory.ts";
import { fromFloats, toFloats } from "./values.ts";
import { nextTask } from "#host";

/** Bytes that wait to be used again at most: what a step of a small network leaves behind. */
const POOL_BYTES = 128 * 2 ** 20;

/** What is counted for a handle, and is given back only once. */
interface Token {
  bytes: number;
}

/** Values on the JavaScript heap, int32 as float32. The array is not written to while a handle has it, so they may share it. */
class HostHandle implements InnerHandle {
  readonly dtype: DType;
  readonly size: number;
  readonly token: Token;
  values: Float32Array;

  constructor(dtype: DType, values: Float32Array) {
    this.dtype = dtype;
    this.size = values.length;
    this.token = { bytes: values.byteLength };
    this.values = values;
  }
}

/**
 * Runs programs through one of gpu.js's modes that answer at once. Values live in JavaScript arrays between calls, where
 * the garbage collector sees them; gpu.js copies arguments for each call.
 */
export class HostGpuDevice implements InnerDevice {
  readonly name: string;
  readonly synchronous = true;
  readonly #gpu: GpuInstance;
  readonly #cache: KernelCache;
  readonly #ledger = new MemoryLedger(nextTask);
  readonly #pool: Pool<Float32Array>;
  /** Arrays that several handles may have: these are left to the garbage collector. */
  readonly #shared = new WeakSet<Float32Array>();

  constructor(mode: GpuMode, gpu: GpuInstance) {
    this.name = `gpu:${mode}`;
    this.#gpu = gpu;
    // gpu.js's other modes make arrays of their own.
    this.#pool = arrayPool(mode === "webasm" ? POOL_BYTES : 0);
    this.#cache = new KernelCache(gpu, {
      resident: false,
      memory: mode === "webasm" ? new SharedMemory(this.#pool) : null,
    });
  }

  upload(values: HostValues): HostHandle {
    const floats = toFloats(this.name, values, (length) => this.#pool.take(length));
    return this.#own(values instanceof Int32Array ? "int32" : "float32", floats);
  }

  copy(handle: HostHandle): HostHandle {
    this.#shared.add(handle.values);
    return this.#own(handle.dtype, handle.values);
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): HostHandle[] {
    const half = gpuHalfOf(kernel);
    if (half.host !== undefined) return half.host(outputs, params).map((values) => this.upload(values));
    const program = this.#cache.get({ kernel, inputs, outputs, params });
    const uniforms = Float32Array.from(half.uniforms?.(params) ?? []);
    const made: Float32Array[] = [];
    for (const step of program.steps) {
      const args = step.bindings.map(({ from, index }) =>
        from === "input" ? (inputs[index]!.handle as HostHandle).values : from === "step" ? made[index]! : uniforms,
      );
      let result: unknown;
      try {
        result = step.kernel(...args);
      } catch (cause) {
        throw failureOf(kernel.name, this.#gpu, cause);
      }
      checkMode(kernel.name, step.kernel, this.#gpu);
      made.push(flatten(result, step, this.#pool));
    }
    for (const [i, values] of made.entries()) {
      const uses = program.outputs.filter((step) => step === i).length;
      if (uses === 0) this.#pool.give(values);
      else if (uses > 1) this.#shared.add(values);
    }
    return outputs.map(({ dtype, inPlaceOf }, i) => {
      const values = made[program.outputs[i]!]!;
      if (inPlaceOf === undefined) return this.#own(dtype, values);
      const handle = inputs[inPlaceOf]!.handle as HostHandle;
      this.#giveBack(handle.values);
      handle.values = values;
      return handle;
    });
  }

  read(handle: HostHandle): TypedArrayOf {
    return fromFloats(this.name, handle.dtype, handle.values);
  }

  async download(handle: HostHandle): Promise<TypedArrayOf> {
    const values = this.read(handle);
    await this.#ledger.collect();
    return values;
  }

  free(handle: HostHandle): void {
    this.reclaim(handle.token);
    this.#giveBack(handle.values);
    handle.values = new Float32Array(0);
  }

  reclaim(token: Token): void {
    if (token.bytes < 0) return;
    this.#ledger.remove(token.bytes);
    token.bytes = -1;
  }

  memoryStats(): MemoryStats {
    const { buffers, bytes } = this.#ledger.stats;
    return { buffers, bytes, reservedBytes: bytes + this.#pool.bytes };
  }

  destroy(): void {
    this.#cache.destroy();
    this.#pool.clear();
    void this.#gpu.destroy();
  }

  #giveBack(values: Float32Array): void {
    if (!this.#shared.has(values)) this.#pool.give(values);
  }

  #own(dtype: DType, values: Float32Array): HostHandle {
    const handle = new HostHandle(dtype, values);
    this.#ledger.add(handle.token.bytes);
    return handle;
  }
}

/** What a step made, flat and in row-major order. */
function flatten(result: unknown, { step, size }: CompiledStep, pool: Pool<Float32Array>): Float32Array {
  let values: Float32Array;
  if (result instanceof Float32Array && result.length === size) {
    values = result;
  } else {
    // gpu.js's cpu and WebGL modes nest arrays: planes, rows, and what each thread returned.
    values = pool.take(size);
    copyNested(result as NestedValues, values, 0);
  }
  if (step.lanes === undefined || step.lanes === 1) return values;
  const rows = pool.take(size);
  lanesToRows(values, rows, gridOf(step), step.lanes);
  pool.give(values);
  return rows;
}

type NestedValues = Float32Array | readonly number[] | readonly NestedValues[];

/** Copies nested values to `target` from `offset` on, and returns where they end. */
function copyNested(values: NestedValues, target: Float32Array, offset: number): number {
  if (typeof values[0] === "number") {
    target.set(values as ArrayLike<number>, offset);
    return offset + values.length;
  }
  for (const inner of values as readonly NestedValues[]) offset = copyNested(inner, target, offset);
  return offset;
}

/** Puts what each thread returned, side by side in `values`, into rows below each other. */
function lanesToRows(
  values: Float32Array,
  rows: Float32Array,
  [width, height, depth]: readonly [number, number, number],
  lanes: number,
): void {
  let from = 0;
  for (let row = 0; row < height * depth; row++) {
    for (let x = 0, to = row * lanes * width; x < width; x++, to++) {
      for (let lane = 0; lane < lanes; lane++) rows[to + lane * width] = values[from++]!;
    }
  }
}
