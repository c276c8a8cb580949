import { DeviceError } from "../../errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { HostValues, InnerDevice, InnerHandle, MemoryStats, Operand, OutputSpec } from "../device.ts";
import type { Kernel } from "../kernel.ts";
import { requestCollection } from "../reclaim.ts";
import type { GpuInstance } from "./gpujs.ts";
import { gpuHalfOf } from "./half-of.ts";
import { type CompiledProgram, KernelCache } from "./kernel-cache.ts";
import { MemoryLedger } from "./memory-ledger.ts";

/** Values in memory of the gpu. They never change, so handles may share them. */
export class SharedValues<M> {
  readonly memory: M;
  readonly bytes: number;
  users = 1;

  constructor(memory: M, bytes: number) {
    this.memory = memory;
    this.bytes = bytes;
  }

  retain(): this {
    this.users++;
    return this;
  }
}

/** What is reclaimed for a lost handle; the values change where a kernel works in place. */
interface Token<M> {
  values: SharedValues<M> | null;
}

export class SharingHandle<M> implements InnerHandle {
  readonly dtype: DType;
  readonly size: number;
  readonly token: Token<M>;

  constructor(dtype: DType, size: number, values: SharedValues<M>) {
    this.dtype = dtype;
    this.size = size;
    this.token = { values };
  }
}

/** A kernel's program, and what it reads. */
export interface ProgramRun<M> {
  readonly name: string;
  readonly program: CompiledProgram;
  readonly inputs: readonly SharedValues<M>[];
  readonly uniforms: Float32Array;
}

/** A device whose values stay on the gpu. It counts their users: the last one to release them gives the memory back. */
export abstract class SharingDevice<M> implements InnerDevice {
  abstract readonly name: string;
  abstract readonly synchronous: boolean;
  protected readonly gpu: GpuInstance;
  readonly #cache: KernelCache;
  readonly #ledger = new MemoryLedger(requestCollection);
  /** What the gpu refused outside any call, such as memory. Results computed since are wrong. */
  protected fault: string | null = null;

  constructor(gpu: GpuInstance) {
    this.gpu = gpu;
    this.#cache = new KernelCache(gpu, { resident: true, memory: null });
  }

  abstract upload(values: HostValues): SharingHandle<M>;
  abstract read(handle: SharingHandle<M>): HostValues;
  abstract download(handle: SharingHandle<M>): Promise<HostValues>;

  /** Values of a program's outputs, each with a user. */
  protected abstract runProgram(run: ProgramRun<M>): SharedValues<M>[];

  /** Takes memory that nobody uses any more. */
  protected abstract giveBack(memory: M): void;

  copy(handle: SharingHandle<M>): SharingHandle<M> {
    return new SharingHandle(handle.dtype, handle.size, this.valuesOf(handle).retain());
  }

  run<P>(kernel: Kernel<P>, inputs: readonly Operand[], outputs: readonly OutputSpec[], params: P): SharingHandle<M>[] {
    const half = gpuHalfOf(kernel);
    if (half.host !== undefined) return half.host(outputs, params).map((values) => this.upload(values));
    const program = this.#cache.get({ kernel, inputs, outputs, params });
    const uniforms = Float32Array.from(half.uniforms?.(params) ?? []);
    const read = inputs.map(({ handle }) => this.valuesOf(handle as SharingHandle<M>));
    const results = this.runProgram({ name: kernel.name, program, inputs: read, uniforms });
    return outputs.map(({ dtype, shape, inPlaceOf }, i) => {
      const values = results[i]!;
      if (inPlaceOf === undefined) return new SharingHandle(dtype, sizeOf(shape), values);
      const handle = inputs[inPlaceOf]!.handle as SharingHandle<M>;
      this.reclaim(handle.token);
      handle.token.values = values;
      return handle;
    });
  }

  free(handle: SharingHandle<M>): void {
    this.reclaim(handle.token);
  }

  reclaim(token: Token<M>): void {
    if (token.values !== null) this.release(token.values);
    token.values = null;
  }

  memoryStats(): MemoryStats {
    return this.#ledger.stats;
  }

  destroy(): void {
    this.#cache.destroy();
    void this.gpu.destroy();
  }

  /** @throws DeviceError if the gpu refused something. */
  protected checkFault(): void {
    if (this.fault === null) return;
    const { name } = this;
    throw new DeviceError(
      `${name}: ${this.fault}; values computed since are lost, and useDevice("${name}") opens a new device`,
    );
  }

  /** What is told where a part of the hardware was taken away. */
  protected lossOf(part: string): DeviceError {
    const { name } = this;
    return new DeviceError(
      `${name}: the ${part} was lost, and all values with it; useDevice("${name}") opens a new one`,
    );
  }

  /** Lets finalizers run if it is time. */
  protected collect(): Promise<void> {
    return this.#ledger.collect();
  }

  /** Values with one user. */
  protected own(memory: M, bytes: number): SharedValues<M> {
    this.#ledger.add(bytes);
    return new SharedValues(memory, bytes);
  }

  protected release(values: SharedValues<M>): void {
    if (--values.users > 0) return;
    this.#ledger.remove(values.bytes);
    this.giveBack(values.memory);
  }

  /** @throws DeviceError if the handle was freed. */
  protected valuesOf({ token }: SharingHandle<M>): SharedValues<M> {
    if (token.values === null) throw new DeviceError(`${this.name}: a handle was used after it was freed`);
    return token.values;
  }
}
