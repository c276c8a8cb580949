import { checkInteger, checkSeed } from "../checks/check-argument.ts";
import { showValue } from "../checks/show-value.ts";
import { ValueError } from "../errors.ts";
import { type AleaState, drawAlea, seedAlea } from "./alea.ts";
import { Incomparable } from "./incomparable.ts";
import { normalValues, type RandomKey, uniformValues } from "./random-values.ts";
import { SavedFields, type SavedMap } from "./saved-fields.ts";
import { checkElements } from "./shape.ts";

/** Everything a `Generator` needs to go on where it was; plain JSON. */
export type GeneratorState = Readonly<AleaState>;

/**
 * A seeded source of randomness.
 *
 * A draw of many values takes one key from the generator and computes value `i` from the key and `i` alone, so masks
 * and weights are the same on every device and for any number of threads.
 */
export class Generator extends Incomparable {
  #state: AleaState;

  /** @param seed any finite number or string; the same seed gives the same values on every machine. */
  constructor(seed: number | string = 0) {
    super();
    checkSeed("Generator", "seed", seed);
    this.#state = seedAlea(String(seed));
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  next(): number {
    return drawAlea(this.#state);
  }

  /** A uniform integer in [0, bound). */
  integer(bound: number): number {
    checkInteger("Generator.integer", "bound", bound, 1);
    return Math.floor(this.next() * bound);
  }

  /** A standard normal number (Box–Muller). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }

  /** A generator of its own, whose draws do not depend on how many this one makes later. */
  split(): Generator {
    return new Generator(`${this.#int32()},${this.#int32()},${this.#int32()}`);
  }

  /** The state, to be saved and given to `setState` later. */
  getState(): GeneratorState {
    return { ...this.#state };
  }

  /**
   * Goes on where the generator was when `getState` gave this state, which may have been in a file since.
   *
   * @throws ValueError if it is no such state.
   */
  setState(state: GeneratorState | SavedMap): void {
    this.#state = checkedState(state);
  }

  /** `count` uniform values in [0, 1), multiples of 2⁻²⁴. */
  uniforms(count: number): Float32Array {
    checkInteger("Generator.uniforms", "count", count, 0);
    checkElements("Generator.uniforms", [count]);
    return uniformValues(this.key(), count);
  }

  /** Takes a key, from which `uniformValues` makes as many values as are wanted. */
  key(): RandomKey {
    return { low: this.#int32(), high: this.#int32() };
  }

  #int32(): number {
    return (this.next() * 2 ** 32) | 0;
  }

  /** `count` standard normal values. */
  normals(count: number): Float32Array {
    checkInteger("Generator.normals", "count", count, 0);
    checkElements("Generator.normals", [count]);
    return normalValues(this.key(), count);
  }

  /** The integers 0 … count − 1 in random order (Fisher–Yates). */
  permutation(count: number): Int32Array {
    checkInteger("Generator.permutation", "count", count, 0);
    checkElements("Generator.permutation", [count]);
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

/** @throws ValueError naming what a state lacks, or what of it is no number that the generator could have come to. */
function checkedState(state: GeneratorState | SavedMap): AleaState {
  const saved = new SavedFields("Generator.setState", state);
  const fraction = (name: string): number => {
    const value = saved.number(name);
    if (!(value >= 0 && value < 1) || !Number.isInteger(value * 2 ** 32))
      throw saved.error(`${name} must be a multiple of 2⁻³² in [0, 1), got ${value}`);
    return value;
  };
  const carry = saved.integer("c", 0);
  if (carry > LARGEST_CARRY) throw saved.error(`c must be an integer from 0 to ${LARGEST_CARRY}, got ${carry}`);
  return { c: carry, s0: fraction("s0"), s1: fraction("s1"), s2: fraction("s2") };
}

/** t = 2091639·s0 + c·2⁻³² lies below 2091640, and its integer part is the next carry. */
const LARGEST_CARRY = 2_091_639;

/** @throws ValueError naming `op` unless there is a generator. */
export function checkGenerator(op: string, name: string, value: unknown): asserts value is Generator {
  if (!(value instanceof Generator))
    throw new ValueError(`${op}: ${name} must be a Generator, got ${showValue(value)}`);
}

let shared = new Generator(0);

/** The generator that serves wherever none is given. Seeded with 0 until `manualSeed`. */
export function defaultGenerator(): Generator {
  return shared;
}

/** Seeds the default generator afresh and returns it. */
export function manualSeed(seed: number | string): Generator {
  checkSeed("manualSeed", "seed", seed);
  shared = new Generator(seed);
  return shared;
}
