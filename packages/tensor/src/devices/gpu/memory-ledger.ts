import type { MemoryStats } from "../device.ts";

/** Ask for a collection when this many bytes were added since the last one. */
const COLLECT_AFTER = 64 * 2 ** 20;
/** What a buffer costs beside its values: many small ones are reason enough. */
const BUFFER_OVERHEAD = 4096;

/**
 * Counts what live handles hold, and lets the event loop turn after much was added: finalizers of lost tensors, which
 * take them off the ledger, run between tasks, and a loop that only awaits promises leaves no room for them.
 */
export class MemoryLedger {
  readonly #letFinalizersRun: () => Promise<unknown>;
  #buffers = 0;
  #bytes = 0;
  #added = 0;
  #bytesAfterCollection = 0;

  /** `letFinalizersRun` gives them a task, and starts a collection where the engine would see no reason for one. */
  constructor(letFinalizersRun: () => Promise<unknown>) {
    this.#letFinalizersRun = letFinalizersRun;
  }

  add(bytes: number): void {
    this.#buffers++;
    this.#bytes += bytes;
    this.#added += bytes + BUFFER_OVERHEAD;
  }

  remove(bytes: number): void {
    this.#buffers--;
    this.#bytes -= bytes;
  }

  get stats(): MemoryStats {
    return { buffers: this.#buffers, bytes: this.#bytes, reservedBytes: this.#bytes };
  }

  /** Lets finalizers run if it is time. */
  async collect(): Promise<void> {
    if (this.#added < Math.max(COLLECT_AFTER, this.#bytesAfterCollection)) return;
    await this.#letFinalizersRun();
    this.#added = 0;
    this.#bytesAfterCollection = this.#bytes;
  }
}
