/** Slots of the control block, an array of int32 that all threads see. */
export const EPOCH = 0;
export const OPEN = 1;
export const ACTIVE = 2;
export const SLEEPING = 3;
export const FAILED = 4;
export const FUNCTION = 5;
export const TOTAL = 6;
export const PIECE = 7;
export const GRAIN = 8;
export const ARGUMENT_COUNT = 9;
/** Where each thread's share begins that nobody has taken yet. */
export const NEXT = 16;

/** A worker that has had nothing to do for so long goes to sleep. */
const SPIN_MS = 1;

/** What a worker is told first: memory that all threads see, and which of them it is. */
export interface ThreadSetup {
  readonly control: Int32Array;
  readonly args: Float64Array;
  /** UTF-16 of why the first thread that failed did, ended by 0. */
  readonly reason: Uint16Array;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
}

/** A function that a worker learns. It is told of one before the first round that needs it. */
export interface ThreadLesson {
  readonly id: number;
  readonly fn: string;
  readonly name: string;
  readonly module: WebAssembly.Module;
}

/**
 * The workers' program, in Node and in browsers. A string, because no file of its own survives every loader, bundler and test
 * runner. A worker does not return to its event loop, where messages reach it, until it meets a function that it has not
 * learned: that message is waiting then.
 */
export const THREAD_PROGRAM: string = `
"use strict";
const port = typeof require === "function" ? require("node:worker_threads").parentPort : self;
const functions = [];
const instances = new Map();
let setup;
let seen = 0;
port.onmessage = ({ data }) => {
  if (setup === undefined) {
    setup = data;
    port.postMessage("started");
  } else {
    const { id, fn, name, module } = data;
    const { memory, thread } = setup;
    if (!instances.has(name)) instances.set(name, new WebAssembly.Instance(module, { env: { memory, thread } }).exports);
    functions[id] = instances.get(name)[fn];
  }
  work(setup);
};
function work({ control, reason, thread }) {
  for (;;) {
    const since = performance.now();
    let spins = 0;
    while (Atomics.load(control, ${EPOCH}) === seen) {
      if ((++spins & 255) === 0 && performance.now() - since > ${SPIN_MS}) {
        Atomics.add(control, ${SLEEPING}, 1);
        Atomics.wait(control, ${EPOCH}, seen);
        Atomics.sub(control, ${SLEEPING}, 1);
      }
    }
    const epoch = Atomics.load(control, ${EPOCH});
    let known = true;
    Atomics.add(control, ${ACTIVE}, 1);
    if (Atomics.load(control, ${OPEN}) === 1) {
      try {
        known = take(setup);
      } catch (error) {
        if (Atomics.compareExchange(control, ${FAILED}, 0, thread) === 0) {
          const text = String(error && error.message || error);
          for (let i = 0; i < reason.length; i++) reason[i] = i < text.length ? text.charCodeAt(i) : 0;
        }
      }
    }
    Atomics.sub(control, ${ACTIVE}, 1);
    Atomics.notify(control, ${ACTIVE});
    if (!known) return;
    seen = epoch;
  }
}
function take({ control, args, thread, threads }) {
  const run = functions[control[${FUNCTION}]];
  if (run === undefined) return false;
  const total = control[${TOTAL}];
  const piece = control[${PIECE}];
  const own = Array.from(args.subarray(0, control[${ARGUMENT_COUNT}]));
  const grain = control[${GRAIN}];
  const grains = Math.ceil(total / grain);
  for (let i = 0; i < threads; i++) {
    const owner = (thread + i) % threads;
    const end = Math.min(total, Math.floor((grains * (owner + 1)) / threads) * grain);
    const next = ${NEXT} + owner;
    for (let from = Atomics.add(control, next, piece); from < end; from = Atomics.add(control, next, piece)) {
      run(from, Math.min(from + piece, end), ...own);
    }
  }
  return true;
}
`;
