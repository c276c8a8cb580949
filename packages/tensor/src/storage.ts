import type { Device, Handle } from "./devices/device.ts";
import { DisposedError } from "./errors.ts";
import { adopt } from "./scope.ts";

/** What must be freed when a storage is lost. Kept apart from the storage so that the registry does not keep it alive. */
interface Cell {
  readonly device: Device;
  handle: Handle | null;
}

const lost = new FinalizationRegistry<Cell>((cell) => {
  if (cell.handle !== null) cell.device.free(cell.handle);
  cell.handle = null;
});

/**
 * Values on a device, shared by the tensors that view them (`detach`, `reshape`). Freed when the last of them is
 * disposed, or when all are garbage.
 */
export class Storage {
  /** How many times the values were replaced in place; a record checks it before it uses saved values. */
  version = 0;
  /** The int32 values that were uploaded, while they have not been replaced: what `checkIndices` looks at. */
  hostValues: Int32Array | null = null;
  #intRange: readonly [number, number] | null = null;
  #owners = 1;
  readonly #cell: Cell;

  constructor(device: Device, handle: Handle) {
    this.#cell = { device, handle };
    lost.register(this, this.#cell, this.#cell);
    adopt(this);
  }

  get device(): Device {
    return this.#cell.device;
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
    return this.#cell.handle === null;
  }

  /** @throws DisposedError after the values were given back. */
  get handle(): Handle {
    const { handle } = this.#cell;
    if (handle === null) throw new DisposedError("this tensor was disposed, or its scope has ended; return it from the scope to keep it");
    return handle;
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
    const { device, handle } = this.#cell;
    if (handle === null) return;
    this.#cell.handle = null;
    lost.unregister(this.#cell);
    device.free(handle);
  }

  /** Takes over new values; the old handle was consumed by the kernel that made `handle`, or is freed here. */
  replace(handle: Handle, oldWasConsumed: boolean): void {
    const old = this.handle;
    this.#cell.handle = handle;
    this.version++;
    this.hostValues = null;
    this.#intRange = null;
    if (!oldWasConsumed && old !== handle) this.device.free(old);
  }

  /** Gives the handle away without freeing it: this storage is empty afterwards. */
  surrender(): Handle {
    const { handle } = this;
    this.#cell.handle = null;
    lost.unregister(this.#cell);
    return handle;
  }
}
