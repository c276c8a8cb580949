import { DeviceError } from "../../errors.ts";
import type { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { InnerHandle, MemoryStats, Operand, OutputSpec } from "../device.ts";
import { requestCollection } from "../reclaim.ts";
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

/** Counts the users of a device's values. The last one to release them gives the memory back. */
export class UserCounts<M> {
  readonly #device: string;
  readonly #giveBack: (memory: M) => void;
  readonly #ledger = new MemoryLedger(requestCollection);

  constructor(device: string, giveBack: (memory: M) => void) {
    this.#device = device;
    this.#giveBack = giveBack;
  }

  get stats(): MemoryStats {
    return this.#ledger.stats;
  }

  /** Lets finalizers run if it is time. */
  collect(): Promise<void> {
    return this.#ledger.collect();
  }

  /** Values with one user. */
  own(memory: M, bytes: number): SharedValues<M> {
    this.#ledger.add(bytes);
    return new SharedValues(memory, bytes);
  }

  release(values: SharedValues<M>): void {
    if (--values.users > 0) return;
    this.#ledger.remove(values.bytes);
    this.#giveBack(values.memory);
  }

  reclaim(token: Token<M>): void {
    if (token.values !== null) this.release(token.values);
    token.values = null;
  }

  /** @throws DeviceError if the handle was freed. */
  valuesOf({ token }: SharingHandle<M>): SharedValues<M> {
    if (token.values === null) throw new DeviceError(`${this.#device}: a handle was used after it was freed`);
    return token.values;
  }

  copy(handle: SharingHandle<M>): SharingHandle<M> {
    return new SharingHandle(handle.dtype, handle.size, this.valuesOf(handle).retain());
  }

  /** Handles of a kernel's results, whose users they become: fresh ones, or those of the inputs that are replaced. */
  handlesOf(
    inputs: readonly Operand[],
    outputs: readonly OutputSpec[],
    results: readonly SharedValues<M>[],
  ): SharingHandle<M>[] {
    return outputs.map(({ dtype, shape, inPlaceOf }, i) => {
      const values = results[i]!;
      if (inPlaceOf === undefined) return new SharingHandle(dtype, sizeOf(shape), values);
      const handle = inputs[inPlaceOf]!.handle as SharingHandle<M>;
      this.reclaim(handle.token);
      handle.token.values = values;
      return handle;
    });
  }
}
