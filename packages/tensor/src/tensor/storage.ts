import type { Device, Handle } from "../devices/device.ts";
import { DisposedError } from "../errors.ts";
import { adopt } from "./ownership.ts";

/**
 * Values on a device, shared by the tensors that view them (`detach`, `reshape`). Freed when the last of them is
 * disposed, or when all are garbage.
 */
export class Storage {
  readonly device: Device;
  /** How many times the values were replaced in place; a record checks it before it uses saved values. */
  version = 0;
  /** The int32 values that were uploaded, while they have not been replaced: what `checkIndices` looks at. */
  hostValues: Int32Array | null = null;
  #intRange: readonly [number, number] | null = null;
  #owners = 1;
  #handle: Handle | null;

  constructor(device: Device, handle: Handle) {
    this.device = device;
    this.#handle = handle;
    adopt(this);
  }

  /** Smallest and largest of `hostValues`; null if the values are known to the device only. */
  get intRange(): readonly [number, number] | null {
    if (this.#intRange === null && this.hostValues !== null) {
      let [low, high] = [Infinity, -Infinity];
      for (const value of this.hostValues) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
      this.#intRange = [low, high];
    }
    return this.#intRange;
  }

  get disposed(): boolean {
    return this.#handle === null;
  }

  /** @throws DisposedError after the values were given back, or were lost with the device. */
  get handle(): Handle {
    this.checkAlive();
    return this.#handle!;
  }

  /** Throws what `handle` would. Of two tensors on different devices of one name, at least one is dead. */
  checkAlive(): void {
    if (this.device.destroyed === true) {
      throw new DisposedError(
        `this tensor's values were lost when destroyDevices() destroyed its device, ${this.device.name}; copy values ` +
          `with data() before that, and make the tensor anew with fromHost()`,
      );
    }
    if (this.#handle === null) {
      throw new DisposedError("this tensor was disposed, or its scope has ended; return it from the scope to keep it");
    }
  }

  /** One more tensor views these values. */
  share(): this {
    this.#owners++;
    return this;
  }

  /** One tensor less views these values; the last one frees them. */
  release(): void {
    if (--this.#owners === 0) this.dispose();
  }

  /** Frees the values whoever views them. */
  dispose(): void {
    if (this.#handle === null) return;
    this.device.free(this.#handle);
    this.#handle = null;
  }

  /** Takes over new values; the old handle was consumed by the kernel that made `handle`, or is freed here. */
  replace(handle: Handle, oldWasConsumed: boolean): void {
    const old = this.handle;
    this.version++;
    this.hostValues = null;
    this.#intRange = null;
    if (old === handle) return;
    if (!oldWasConsumed) this.device.free(old);
    this.#handle = handle;
  }
}
