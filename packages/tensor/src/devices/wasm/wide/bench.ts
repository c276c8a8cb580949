import type { Address, Pointer } from "../context.ts";
import type { Engine } from "../engine.ts";
import type { KernelExports } from "../instantiate.ts";

/** What a trial may do: call functions of its module, and lay out what they read. */
export interface BenchContext {
  readonly call: (fn: string, ...args: number[]) => number;
  readonly scratch: (bytes: number) => Address;
  readonly ints: (values: readonly number[]) => Address;
  readonly struct: <S extends readonly number[]>(...fields: [S][S extends unknown ? 0 : never]) => Pointer<S>;
}

/** Has kernels compute from the values at `from`, for results at `to`; returns how many these are. */
export type Run = (context: BenchContext, from: number, to: number) => number;

const PAGE = 65536;
/** Where inputs, results and scratch memory begin, in pages, and where all of them end. */
const [INPUTS, RESULTS, SCRATCH, END] = [1, 5, 16, 64];

const GOLDEN_RATIO = 1.618033988749895;

let values: Float32Array | null = null;

/** Values without a pattern, or a wrong lane might go unseen: fractions of the golden ratio's multiples by squares. */
function inputs(): Float32Array {
  const count = ((RESULTS - INPUTS) * PAGE) / 4;
  return (values ??= Float32Array.from({ length: count }, (_, i) => ((i * i * GOLDEN_RATIO) % 1) - 0.5));
}

/** One module with a memory of its own, on one thread. */
export class Bench {
  readonly #memory = new WebAssembly.Memory({ initial: END, maximum: END, shared: true });
  readonly #name: string;
  readonly #functions: KernelExports;
  readonly #context: BenchContext;
  #taken = 0;

  constructor({ instantiate }: Engine, name: string, module: WebAssembly.Module) {
    new Float32Array(this.#memory.buffer, INPUTS * PAGE).set(inputs());
    this.#name = name;
    this.#functions = instantiate(module, this.#memory, 0);
    this.#context = {
      call: (fn, ...args) => this.#functions[fn]!(...args),
      scratch: (bytes) => this.#scratch(bytes),
      ints: (values) => this.#ints(values),
      struct: <S extends readonly number[]>(...fields: S) => this.#ints(fields) as Pointer<S>,
    };
  }

  /** The results of a run. */
  run(run: Run): Float32Array {
    this.#taken = SCRATCH * PAGE;
    const count = run(this.#context, INPUTS * PAGE, RESULTS * PAGE);
    return new Float32Array(this.#memory.buffer, RESULTS * PAGE, count);
  }

  #scratch(bytes: number): Address {
    const at = this.#taken;
    this.#taken += Math.ceil(bytes / 64) * 64;
    if (this.#taken > END * PAGE) throw new Error(`the trial of ${this.#name} needs more memory`);
    return at as Address;
  }

  #ints(values: readonly number[]): Address {
    const at = this.#scratch(4 * values.length);
    new Int32Array(this.#memory.buffer, at, values.length).set(values);
    return at;
  }
}

/** Runs that are timed together, for clocks of pages are coarse, and in turn. The least of all times counts: a machine may be busy. */
const RUNS = 2;
const TURNS = 3;
/** The second has won if it was faster in so many laps that follow each other, once engines have optimised both, or in so many. */
const LAPS_WON = 3;
const LAPS_WON_ANYHOW = 20;
/** Twice as many bits are not more times as fast than this: only the second has been optimised. */
const UNEVEN = 2.2;
/** What is optimised takes such a part of the time at most that it took in the beginning. */
const OPTIMISED = 0.5;
/** Engines have so many laps and milliseconds to optimise it, as those of a busy machine get both late; and so many at most. */
const LAPS = 100;
const PATIENCE_MS = 150;
const MOST_MS = 2000;

/** How many times as fast the second is, once it is `faster` or has been given the time to become so. */
export function race({ now }: Engine, first: () => unknown, second: () => unknown, faster: number): number {
  // Engines compile what is called for the first time.
  first();
  second();
  const start = now();
  const unoptimised = [time(now, first), time(now, second)] as const;
  let won = 0;
  let [one, other] = [Infinity, Infinity];
  for (let laps = 1; ; laps++) {
    for (let turn = 0; turn < TURNS; turn++) {
      one = Math.min(one, time(now, first));
      other = Math.min(other, time(now, second));
    }
    won = one >= faster * other && one < UNEVEN * other ? won + 1 : 0;
    const optimised = one < OPTIMISED * unoptimised[0] && other < OPTIMISED * unoptimised[1];
    if (won >= (optimised ? LAPS_WON : LAPS_WON_ANYHOW)) return one / other;
    if (now() - start >= (laps >= LAPS ? PATIENCE_MS : MOST_MS)) return Math.min(1, one / other);
  }
}

function time(now: Engine["now"], run: () => unknown): number {
  const start = now();
  for (let i = 0; i < RUNS; i++) run();
  return now() - start;
}
