import alea from "seedrandom/lib/alea.js";
import { ValueError } from "./errors.ts";

/** Everything a `Generator` needs to go on where it was; plain JSON. */
export interface GeneratorState {
  readonly c: number;
  readonly s0: number;
  readonly s1: number;
  readonly s2: number;
}

/**
 * A seeded source of randomness.
 *
 * A draw of many values takes one key from the generator and computes value `i` from the key and `i` alone, so masks
 * and weights are the same on every device and for any number of threads.
 */
export class Generator {
  #prng: ReturnType<typeof alea>;

  /** @param seed any finite number or string; the same seed gives the same values on every machine. */
  constructor(seed: number | string = 0) {
    if (typeof seed === "number" && !Number.isFinite(seed)) throw new ValueError(`Generator: seed must be finite, got ${seed}`);
    this.#prng = alea(String(seed), { state: true });
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  next(): number {
    return this.#prng();
  }

  /** A uniform integer in [0, bound). */
  integer(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** A standard normal number (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A generator of its own, whose draws do not depend on how many this one makes later. */
  split(): Generator {
    return new Generator(`${this.#prng.int32()},${this.#prng.int32()},${this.#prng.int32()}`);
  }

  /** The state, to be saved and given to `setState` later. */
  getState(): GeneratorState {
    return this.#prng.state();
  }

  setState(state: GeneratorState): void {
    this.#prng = alea("", { state });
  }

  /** `count` uniform values in [0, 1), multiples of 2⁻²⁴. */
  uniforms(count: number): Float32Array {
    return uniformValues(this.key(), count);
  }

  /** Takes a key, from which `uniformValues` makes as many values as are wanted. */
  key(): RandomKey {
    return { low: this.#prng.int32(), high: this.#prng.int32() };
  }

  /** `count` standard normal values (Box–Muller on pairs of uniforms). */
  normals(count: number): Float32Array {
    const uniform = this.uniforms(2 * count);
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      values[i] = Math.sqrt(-2 * Math.log(1 - uniform[2 * i]!)) * Math.cos(2 * Math.PI * uniform[2 * i + 1]!);
    }
    return values;
  }

  /** The integers 0 … count − 1 in random order (Fisher–Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/** Two random int32: all that a draw of many values depends on. */
export interface RandomKey {
  readonly low: number;
  readonly high: number;
}

/** The first `count` uniform values in [0, 1) of a key, multiples of 2⁻²⁴; `wasm-src/random.ts` computes the same. */
export function uniformValues({ low, high }: RandomKey, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (mix(mix(Math.imul(i, 0x9e3779b9) ^ low) ^ high) >>> 8) * 2 ** -24;
  return values;
}

/** A bijection of 32-bit integers that scatters neighbours (Wellons 2018, "lowbias32"). */
function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return h ^ (h >>> 16);
}

let shared = new Generator(0);

/** The generator that serves wherever none is given. Seeded with 0 until `manualSeed`. */
export function defaultGenerator(): Generator {
  return shared;
}

/** Seeds the default generator afresh and returns it. */
export function manualSeed(seed: number | string): Generator {
  shared = new Generator(seed);
  return shared;
}
