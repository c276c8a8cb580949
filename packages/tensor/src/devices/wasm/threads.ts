import type { WasmModuleSource } from "./context.ts";
import type { Engine } from "./engine.ts";
import type { KernelFunction } from "./instantiate.ts";
import * as slot from "./thread-program.ts";
import { type Helper, startHelper } from "./workers.ts";

const MAX_ARGUMENTS = 40;
/** Characters that are kept of why a thread failed. */
const REASON_LENGTH = 256;

/** Pieces for each thread: enough that a thread which was held up can be helped out. */
const PIECES_PER_THREAD = 4;
/** No piece of a kernel takes as long; a worker that holds one up for longer is taken for dead. */
const PATIENCE_MS = 60_000;

/**
 * Runs kernels' pieces on the calling thread and on workers that share its memory.
 *
 * A call opens a round: it publishes a function and its arguments, and every thread takes the next piece until none is
 * left. Workers spin for a moment between rounds and then sleep. The calling thread never waits for a worker that has not
 * taken a piece, so a sleeping or starting worker costs nothing; it waits only until those that took one are done.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #engine: Engine;
  readonly #memory: WebAssembly.Memory;
  readonly #compile: (module: WasmModuleSource) => WebAssembly.Module;
  #control!: Int32Array;
  #arguments!: Float64Array;
  #reason!: Uint16Array;
  readonly #functions = new Map<WasmModuleSource, Map<string, number>>();
  #functionCount = 0;
  #workers: Helper[] = [];
  #death: string | null = null;
  /** Workers that could not start, which nothing waits for, and why the last of them could not. */
  #refused = 0;
  #refusal: string | null = null;

  /** @param compile compiles a family. */
  constructor(
    engine: Engine,
    memory: WebAssembly.Memory,
    threads: number,
    compile: (module: WasmModuleSource) => WebAssembly.Module,
  ) {
    this.#engine = engine;
    this.#memory = memory;
    this.#compile = compile;
    this.threads = threads;
    this.#reset();
  }

  /** A control block of its own for each set of workers. */
  #reset(): void {
    const slots = slot.NEXT + 2 * Math.ceil(this.threads / 2);
    const argumentBytes = 8 * MAX_ARGUMENTS;
    const bytes = 4 * slots + argumentBytes + 2 * REASON_LENGTH;
    const block = new SharedArrayBuffer(bytes);
    this.#control = new Int32Array(block, 0, slots);
    this.#arguments = new Float64Array(block, 4 * slots, MAX_ARGUMENTS);
    this.#reason = new Uint16Array(block, 4 * slots + argumentBytes);
    this.#functions.clear();
    this.#functionCount = 0;
  }

  /** How many threads take pieces, as far as is known: without those that could not start. */
  get running(): number {
    return this.threads - this.#refused;
  }

  /** Why workers could not start; null if none was refused, as far as is known. */
  get refusal(): string | null {
    return this.#refusal;
  }

  /** Starts the workers and waits until each runs or was refused: not in Node, where a wait would not hold the process. */
  async whenStarted(): Promise<void> {
    this.#start();
    await Promise.all(this.#workers.map(({ started }) => started));
  }

  /** Covers `[0, total)` with calls of `fn`, which is `main` on the calling thread; see `WasmContext.parallel`. */
  run(
    module: WasmModuleSource,
    fn: string,
    main: KernelFunction,
    total: number,
    grain: number,
    args: readonly number[],
  ): void {
    const piece = Math.max(grain, Math.ceil(total / (this.threads * PIECES_PER_THREAD) / grain) * grain);
    if (piece >= total) {
      main(0, total, ...args);
      return;
    }
    this.#start();
    const control = this.#control;
    control[slot.FUNCTION] = this.#functionId(module, fn);
    control[slot.TOTAL] = total;
    control[slot.PIECE] = piece;
    control[slot.GRAIN] = grain;
    control[slot.ARGUMENT_COUNT] = args.length;
    this.#arguments.set(args);
    for (let thread = 0; thread < this.threads; thread++)
      Atomics.store(control, slot.NEXT + thread, shareOf(thread, this.threads, total, grain));
    Atomics.store(control, slot.OPEN, 1);
    Atomics.add(control, slot.EPOCH, 1);
    if (Atomics.load(control, slot.SLEEPING) > 0) Atomics.notify(control, slot.EPOCH);
    try {
      for (let owner = 0; owner < this.threads; owner++) {
        const end = shareOf(owner + 1, this.threads, total, grain);
        const next = slot.NEXT + owner;
        for (let from = Atomics.add(control, next, piece); from < end; from = Atomics.add(control, next, piece))
          main(from, Math.min(from + piece, end), ...args);
      }
    } finally {
      Atomics.store(control, slot.OPEN, 0);
      this.#join();
    }
    if (Atomics.load(control, slot.FAILED) !== 0) this.#fail();
  }

  /** Ends the workers. */
  destroy(): void {
    const workers = this.#workers;
    this.#workers = [];
    for (const worker of workers) worker.terminate();
    this.#refused = 0;
    this.#refusal = null;
  }

  /** Starts the workers before the first round that can use them, and reports those that died since the last one. */
  #start(): void {
    if (this.#death !== null) {
      const reason = this.#death;
      this.#death = null;
      this.destroy();
      this.#reset();
      throw new this.#engine.DeviceError(
        `wasm: a worker thread died (${reason}); results of the kernel that it ran are lost`,
      );
    }
    if (this.#workers.length > 0) return;
    try {
      for (let thread = 1; thread < this.threads; thread++) this.#workers.push(this.#spawn(thread));
    } catch (cause) {
      this.destroy();
      this.#reset();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new this.#engine.DeviceError(
        `wasm: of ${this.threads} threads, not all could be started (${reason}); setThreads(1) does without`,
        { cause },
      );
    }
  }

  #spawn(thread: number): Helper {
    const setup = {
      control: this.#control,
      args: this.#arguments,
      reason: this.#reason,
      memory: this.#memory,
      thread,
      threads: this.threads,
    };
    const helper = startHelper(this.#engine, setup, (reason) => {
      if (this.#workers.includes(helper)) this.#death = reason;
    });
    void this.#noteRefusal(helper);
    return helper;
  }

  async #noteRefusal(helper: Helper): Promise<void> {
    const refusal = await helper.started;
    if (refusal === null || !this.#workers.includes(helper)) return;
    this.#refused++;
    this.#refusal = refusal;
  }

  #functionId(module: WasmModuleSource, fn: string): number {
    let functions = this.#functions.get(module);
    if (functions === undefined) {
      functions = new Map();
      this.#functions.set(module, functions);
    }
    let id = functions.get(fn);
    if (id === undefined) {
      id = ++this.#functionCount;
      functions.set(fn, id);
      for (const worker of this.#workers) worker.teach({ id, fn, name: module.name, module: this.#compile(module) });
    }
    return id;
  }

  /** Waits until no worker is inside a piece. */
  #join(): void {
    const control = this.#control;
    for (let spins = 0; spins < 50_000; spins++) if (Atomics.load(control, slot.ACTIVE) === 0) return;
    const start = this.#engine.now();
    for (;;) {
      const active = Atomics.load(control, slot.ACTIVE);
      if (active === 0) return;
      // The main thread of a page must not block: it goes on looking, for a piece takes a moment only.
      if (mayBlock()) Atomics.wait(control, slot.ACTIVE, active, 100);
      if (this.#engine.now() - start > PATIENCE_MS) {
        this.#death ??= `no answer for ${PATIENCE_MS / 1000} s`;
        this.#start();
      }
    }
  }

  #fail(): void {
    const thread = Atomics.exchange(this.#control, slot.FAILED, 0);
    const end = this.#reason.indexOf(0);
    const reason = String.fromCharCode(...this.#reason.subarray(0, end < 0 ? REASON_LENGTH : end));
    throw new this.#engine.DeviceError(`wasm: worker thread ${thread} failed: ${reason}`);
  }
}

/**
 * The first unit of a thread's share, a multiple of `grain`. A thread takes its own share before it helps the others, so a core
 * mostly finds in its cache what it wrote in the kernel before.
 */
function shareOf(thread: number, threads: number, total: number, grain: number): number {
  return Math.min(total, Math.floor((Math.ceil(total / grain) * thread) / threads) * grain);
}

let blocking: boolean | null = null;

/** Whether this thread may wait in `Atomics.wait`, as all may but the main thread of a page. */
function mayBlock(): boolean {
  if (blocking === null) {
    try {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
      blocking = true;
    } catch {
      blocking = false;
    }
  }
  return blocking;
}
