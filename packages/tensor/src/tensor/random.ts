import { checkInteger, checkSeed, showValue } from "../checks/arguments.ts";
import { checkElements } from "../checks/check-shape.ts";
import { ValueError } from "../errors.ts";
import { type AleaState, drawAlea, seedAlea } from "./alea.ts";
import { Incomparable } from "./incomparable.ts";
import type { SavedMap } from "./saved-fields.ts";

/** Everything a `Generator` needs to go on where it was; plain JSON. */
export type GeneratorState = Readonly<AleaState>;

/** Two random int32: all that a draw of many values depends on. */
export interface RandomKey {
  readonly low: number;
  readonly high: number;
}

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

  /** Takes a key, from which a draw makes as many values as are wanted. */
  key(): RandomKey {
    return { low: this.#int32(), high: this.#int32() };
  }

  #int32(): number {
    return (this.next() * 2 ** 32) | 0;
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

/** @throws ValueError naming what of a state is no number that the generator could have come to. */
function checkedState(state: GeneratorState | SavedMap): AleaState {
  if (typeof state !== "object" || state === null)
    throw new ValueError(`Generator.setState: expected a saved state, got ${showValue(state)}`);
  const fields: SavedMap = state instanceof Map ? state : new Map(Object.entries(state));
  const read = (name: string, kind: string, step: number, end: number): number => {
    const value = fields.get(name);
    if (typeof value === "number" && value >= 0 && value < end && Number.isInteger(value / step)) return value;
    throw new ValueError(`Generator.setState: ${name} must be ${kind} in [0, ${end}), got ${showValue(value)}`);
  };
  const fraction = (name: string): number => read(name, "a multiple of 2⁻³²", 2 ** -32, 1);
  // t = 2091639·s0 + c·2⁻³² lies below 2091640, and its integer part is the next carry.
  const c = read("c", "an integer", 1, 2_091_640);
  return { c, s0: fraction("s0"), s1: fraction("s1"), s2: fraction("s2") };
}

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
