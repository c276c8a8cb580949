import { now } from "../../clock.ts";
import { DeviceError } from "../../errors.ts";
import { compile, instantiate } from "./instantiate.ts";
import type { KernelExports } from "./instantiate.ts";
import type { WasmModuleSource } from "./context.ts";

/** Slots of the control block, an array of int32 that all threads see. */
const EPOCH = 0;
const OPEN = 1;
const ACTIVE = 2;
const SLEEPING = 3;
const FAILED = 4;
const FUNCTION = 5;
const TOTAL = 6;
const PIECE = 7;
const ARGUMENT_COUNT = 8;
/** Where each thread's share begins that nobody has taken yet. */
const NEXT = 16;
const MAX_ARGUMENTS = 40;

/** Pieces for each thread: enough that a thread which was held up can be helped out. */
const PIECES_PER_THREAD = 4;
/** A worker that has had nothing to do for so long goes to sleep. */
const SPIN_MS = 1;
/** No piece of a kernel takes as long; a worker that holds one up for longer is taken for dead. */
const PATIENCE_MS = 60_000;

type NodeThreads = typeof import("node:worker_threads");

/** A worker and the port through which it learns new functions. */
interface Helper {
  readonly worker: InstanceType<NodeThreads["Worker"]>;
  readonly port: InstanceType<NodeThreads["MessagePort"]>;
}

/** `node:worker_threads`, where there is one; elsewhere kernels run on the calling thread. */
const nodeThreads: NodeThreads | null =
  typeof process === "object" && typeof process.getBuiltinModule === "function"
    ? (process.getBuiltinModule("node:worker_threads") as NodeThreads)
    : null;

/** How many threads this machine can run at once. Where workers cannot be had, one. */
export function availableThreads(): number {
  if (missingForThreads() !== null) return 1;
  return Math.min(Math.max(1, globalThis.navigator?.hardwareConcurrency ?? nodeParallelism()), MAX_THREADS);
}

/** Why kernels can run on the calling thread only; null if they can run on several. */
export function missingForThreads(): string | null {
  if (nodeThreads === null) return "this engine lacks node:worker_threads";
  if (typeof SharedArrayBuffer === "undefined") return "this engine lacks SharedArrayBuffer";
  // Node's permission model, where it is on.
  const { permission } = process as { permission?: { has(scope: string): boolean } };
  if (permission?.has("worker") === false) return "this process may not start workers; Node's --allow-worker lets it";
  return null;
}

function nodeParallelism(): number {
  return (process.getBuiltinModule("node:os") as typeof import("node:os")).availableParallelism();
}

/** More threads than this never helped a small network. */
const MAX_THREADS = 16;

/**
 * Runs kernels' pieces on the calling thread and on workers that share its memory.
 *
 * A call opens a round: it publishes a function and its arguments, and every thread takes the next piece until none is
 * left. Workers spin for a moment between rounds and then sleep. The calling thread never waits for a worker that has not
 * taken a piece, so a sleeping or starting worker costs nothing; it waits only until those that took one are done.
 */
export class ThreadPool {
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  #control!: Int32Array;
  #arguments!: Float64Array;
  readonly #instances = new Map<WasmModuleSource, KernelExports>();
  readonly #functions = new Map<WasmModuleSource, Map<string, number>>();
  #functionCount = 0;
  #workers: Helper[] = [];
  #death: string | null = null;

  constructor(memory: WebAssembly.Memory, threads: number) {
    this.#memory = memory;
    this.threads = threads;
    this.#reset();
  }

  /** A control block of its own for each set of workers. */
  #reset(): void {
    const slots = NEXT + 2 * Math.ceil(this.threads / 2);
    const bytes = 4 * slots + 8 * MAX_ARGUMENTS;
    const block = this.threads > 1 ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
    this.#control = new Int32Array(block, 0, slots);
    this.#arguments = new Float64Array(block, 4 * slots);
    this.#functions.clear();
    this.#functionCount = 0;
  }

  /** The module's exports for the calling thread. */
  exports(module: WasmModuleSource): KernelExports {
    let exports = this.#instances.get(module);
    if (exports === undefined) {
      exports = instantiate(compile(module), this.#memory, 0);
      this.#instances.set(module, exports);
    }
    return exports;
  }

  /** Covers `[0, total)` with calls of `fn(from, to, ...args)`; see `WasmContext.parallel`. */
  run(module: WasmModuleSource, fn: string, total: number, grain: number, args: readonly number[]): void {
    const main = this.exports(module)[fn];
    if (main === undefined) throw new DeviceError(`wasm: the ${module.name} kernels have no function ${fn}`);
    const piece = Math.max(grain, Math.ceil(total / (this.threads * PIECES_PER_THREAD) / grain) * grain);
    if (this.threads === 1 || piece >= total) {
      main(0, total, ...args);
      return;
    }
    this.#start();
    const control = this.#control;
    control[FUNCTION] = this.#functionId(module, fn);
    control[TOTAL] = total;
    control[PIECE] = piece;
    control[ARGUMENT_COUNT] = args.length;
    this.#arguments.set(args);
    for (let thread = 0; thread < this.threads; thread++)
      Atomics.store(control, NEXT + thread, shareOf(thread, this.threads, total, piece));
    Atomics.store(control, OPEN, 1);
    Atomics.add(control, EPOCH, 1);
    if (Atomics.load(control, SLEEPING) > 0) Atomics.notify(control, EPOCH);
    try {
      for (let owner = 0; owner < this.threads; owner++) {
        const end = shareOf(owner + 1, this.threads, total, piece);
        const next = NEXT + owner;
        for (let from = Atomics.add(control, next, piece); from < end; from = Atomics.add(control, next, piece))
          main(from, Math.min(from + piece, end), ...args);
      }
    } finally {
      Atomics.store(control, OPEN, 0);
      this.#join();
    }
    if (Atomics.load(control, FAILED) !== 0) this.#fail();
  }

  /** Ends the workers. */
  destroy(): void {
    const workers = this.#workers;
    this.#workers = [];
    for (const { worker, port } of workers) {
      port.close();
      void worker.terminate();
    }
  }

  /** Starts the workers before the first round that can use them, and reports those that died since the last one. */
  #start(): void {
    if (this.#death !== null) {
      const reason = this.#death;
      this.#death = null;
      this.destroy();
      this.#reset();
      throw new DeviceError(`wasm: a worker thread died (${reason}); results of the kernel that it ran are lost`);
    }
    if (this.#workers.length > 0) return;
    try {
      for (let thread = 1; thread < this.threads; thread++) this.#workers.push(this.#spawn(thread));
    } catch (cause) {
      this.destroy();
      this.#reset();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DeviceError(
        `wasm: of ${this.threads} threads, not all could be started (${reason}); setThreads(1) does without`,
        { cause },
      );
    }
  }

  #spawn(thread: number): Helper {
    const { Worker, MessageChannel } = nodeThreads!;
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(WORKER, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: {
        control: this.#control,
        args: this.#arguments,
        memory: this.#memory,
        thread,
        threads: this.threads,
        port: port2,
        spinMs: SPIN_MS,
      },
      transferList: [port2],
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    });
    worker.unref();
    port1.unref();
    const died = (reason: string): void => {
      if (this.#workers.some((each) => each.worker === worker)) this.#death = reason;
    };
    worker.on("error", (error) => died(error.message));
    worker.on("exit", (code) => died(`exit code ${code}`));
    return { worker, port: port1 };
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
      for (const { port } of this.#workers) port.postMessage({ id, fn, name: module.name, module: compile(module) });
    }
    return id;
  }

  /** Waits until no worker is inside a piece. */
  #join(): void {
    const control = this.#control;
    for (let spins = 0; spins < 50_000; spins++) if (Atomics.load(control, ACTIVE) === 0) return;
    const start = now();
    for (;;) {
      const active = Atomics.load(control, ACTIVE);
      if (active === 0) return;
      Atomics.wait(control, ACTIVE, active, 100);
      if (now() - start > PATIENCE_MS) {
        this.#death ??= `no answer for ${PATIENCE_MS / 1000} s`;
        this.#start();
      }
    }
  }

  #fail(): void {
    const thread = Atomics.exchange(this.#control, FAILED, 0);
    const message = nodeThreads!.receiveMessageOnPort(this.#workers[thread - 1]!.port)?.message as
      | { error: string }
      | undefined;
    throw new DeviceError(`wasm: worker thread ${thread} failed: ${message?.error ?? "no reason given"}`);
  }
}

/**
 * First unit of a thread's share of the pieces, which it takes before it helps the others: what a kernel leaves in a core's
 * cache is so mostly what the same core reads in the next one.
 */
function shareOf(thread: number, threads: number, total: number, piece: number): number {
  return Math.min(total, Math.floor((Math.ceil(total / piece) * thread) / threads) * piece);
}

/** The workers' program. A string, because no file of its own survives every loader, bundler and test runner. */
const WORKER = `
"use strict";
const { workerData, receiveMessageOnPort } = require("node:worker_threads");
const { control, args, memory, thread, threads, port, spinMs } = workerData;
const functions = [];
const instances = new Map();
function learn() {
  for (let received = receiveMessageOnPort(port); received !== undefined; received = receiveMessageOnPort(port)) {
    const { id, fn, name, module } = received.message;
    if (!instances.has(name)) instances.set(name, new WebAssembly.Instance(module, { env: { memory, thread } }).exports);
    functions[id] = instances.get(name)[fn];
  }
}
function take() {
  const id = control[${FUNCTION}];
  if (functions[id] === undefined) learn();
  const run = functions[id];
  if (run === undefined) return;
  const total = control[${TOTAL}];
  const piece = control[${PIECE}];
  const own = Array.from(args.subarray(0, control[${ARGUMENT_COUNT}]));
  const pieces = Math.ceil(total / piece);
  for (let i = 0; i < threads; i++) {
    const owner = (thread + i) % threads;
    const end = Math.min(total, Math.floor((pieces * (owner + 1)) / threads) * piece);
    const next = ${NEXT} + owner;
    for (let from = Atomics.add(control, next, piece); from < end; from = Atomics.add(control, next, piece)) {
      run(from, Math.min(from + piece, end), ...own);
    }
  }
}
let seen = 0;
for (;;) {
  const since = performance.now();
  let spins = 0;
  while (Atomics.load(control, ${EPOCH}) === seen) {
    if ((++spins & 255) === 0 && performance.now() - since > spinMs) {
      Atomics.add(control, ${SLEEPING}, 1);
      Atomics.wait(control, ${EPOCH}, seen);
      Atomics.sub(control, ${SLEEPING}, 1);
    }
  }
  seen = Atomics.load(control, ${EPOCH});
  Atomics.add(control, ${ACTIVE}, 1);
  if (Atomics.load(control, ${OPEN}) === 1) {
    try {
      take();
    } catch (error) {
      port.postMessage({ error: String(error && error.message || error) });
      Atomics.store(control, ${FAILED}, thread);
    }
  }
  Atomics.sub(control, ${ACTIVE}, 1);
  Atomics.notify(control, ${ACTIVE});
}
`;
