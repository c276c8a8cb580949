import type { InnerDevice, InnerHandle } from "../device.ts";
import { keepFinalizersRunning } from "../reclaim.ts";
import { type LazyHandle, UNWATCHED, WATCHED } from "./lazy-handle.ts";
import { nextTask } from "#host";

/** So many handles, and so many of their values, wait to be watched at most. */
const MOST_WAITING = 256;
const MOST_VALUES = 2 ** 23;
/** Fewer values may be lost unseen before a collection. */
const FEW_VALUES = 2 ** 20;
/** So many values, if they will hardly be read again, had better lie on the JavaScript heap. */
const MOST_ON_HEAP = 2 ** 14;

/**
 * The values of lazy handles on the inner device, and who looks after them: those of handles that nobody holds any more are given
 * back.
 *
 * Most handles are freed by those who made them, within the same step. To tell a finalizer of each, and then to take it back,
 * costs as much as a small kernel, and leaves objects that only whole collections remove. So a handle waits until the next task,
 * or until there are many: no finalizer would run before.
 */
export class Holdings {
  readonly #inner: InnerDevice;
  readonly #finalizer: FinalizationRegistry<object>;
  readonly #waiting: LazyHandle[] = [];
  #waitingValues = 0;
  #taskIsKnown = false;

  constructor(inner: InnerDevice) {
    this.#inner = inner;
    keepFinalizersRunning();
    this.#finalizer = new FinalizationRegistry((token) => inner.reclaim(token));
  }

  /** The handle has values from now on. */
  take(handle: LazyHandle, inner: InnerHandle): void {
    handle.inner = inner;
    this.#watch(handle);
  }

  /** The values for a kernel that reads them. What lies on the JavaScript heap goes back into the device's memory. */
  lend(handle: LazyHandle): InnerHandle {
    if (handle.watch === UNWATCHED) this.#watch(handle);
    return handle.inner!;
  }

  /** The handle has no values any more; whoever asks has them. */
  drop(handle: LazyHandle): void {
    this.#unwatch(handle);
    handle.inner = null;
  }

  /** The handle has no values any more, and their memory is free. */
  giveBack(handle: LazyHandle): void {
    const { inner } = handle;
    this.drop(handle);
    this.#inner.free(inner!);
  }

  /**
   * Small values that will hardly be read again go to the JavaScript heap, where the collector owns them, and nobody has to watch the
   * handle. Returns where they were; null if they stay there.
   */
  moveToHeap(handle: LazyHandle): InnerHandle | null {
    const { inner } = handle;
    const copy = handle.size <= MOST_ON_HEAP ? (this.#inner.copyToHeap?.(inner!) ?? null) : null;
    if (copy === null) return null;
    this.#unwatch(handle);
    handle.inner = copy;
    return inner;
  }

  /** Garbage may be collected now: it should find what was lost. */
  beforeCollection(): void {
    if (this.#waitingValues > FEW_VALUES) this.#watchAll();
  }

  #watch(handle: LazyHandle): void {
    handle.watch = this.#waiting.push(handle) - 1;
    this.#waitingValues += handle.size;
    if (this.#waiting.length === MOST_WAITING || this.#waitingValues > MOST_VALUES) this.#watchAll();
    else if (!this.#taskIsKnown) void this.#awaitNextTask();
  }

  #unwatch(handle: LazyHandle): void {
    const { watch } = handle;
    handle.watch = UNWATCHED;
    if (watch === WATCHED) this.#finalizer.unregister(handle);
    if (watch < 0) return;
    this.#waitingValues -= handle.size;
    const last = this.#waiting.pop()!;
    if (last === handle) return;
    this.#waiting[watch] = last;
    last.watch = watch;
  }

  async #awaitNextTask(): Promise<void> {
    this.#taskIsKnown = true;
    await nextTask();
    this.#taskIsKnown = false;
    this.#watchAll();
  }

  #watchAll(): void {
    for (const handle of this.#waiting) {
      handle.watch = WATCHED;
      this.#finalizer.register(handle, handle.inner!.token, handle);
    }
    this.#waiting.length = 0;
    this.#waitingValues = 0;
  }
}
