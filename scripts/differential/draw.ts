import { Generator } from "@tapegrad/tensor";
import type { Drawn } from "./case.ts";

/** Which values a tensor is filled with. */
export interface ValueOptions {
  /** Whether NaN, infinities and the like may occur. @default true */
  readonly edges?: boolean;
  /** Values lie within these bounds. @default [-4, 4] */
  readonly range?: readonly [low: number, high: number];
  /** Whether a gradient is asked for. @default true */
  readonly grad?: boolean;
  /** Whether the op may see it through a permutation, a slice or a flip. @default true */
  readonly view?: boolean;
  /** Whether equal values may occur on purpose, or all values are multiples of one half. @default true */
  readonly ties?: boolean | "only";
}

const edgeValues = [NaN, Infinity, -Infinity, -0, 0, 1e-30, 1e-8, 20, -20, 90, -90, 1e4, -1e4];

/** The choices of one case: the same seed makes the same choices on every machine. */
export class Draw {
  readonly #generator: Generator;

  constructor(seed: string) {
    this.#generator = new Generator(seed);
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + this.#generator.integer(high - low + 1);
  }

  chance(probability: number): boolean {
    return this.#generator.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.#generator.integer(choices.length)]!;
  }

  /** A number within bounds, with few digits, so that it reads well. */
  number(low: number, high: number): number {
    return Number((low + (high - low) * this.#generator.next()).toPrecision(3));
  }

  /** `value` in most cases, else one of the others. */
  mostly<T>(value: T, others: readonly T[]): T {
    return this.chance(0.6) ? value : this.pick(others);
  }

  list<T>(length: number, each: (i: number) => T): T[] {
    return Array.from({ length }, (_, i) => each(i));
  }

  shuffled<T>(values: readonly T[]): T[] {
    const order = this.#generator.permutation(values.length);
    return Array.from(order, (i) => values[i]!);
  }

  extent(most = 5): number {
    return this.chance(0.04) ? 0 : this.integer(1, most);
  }

  /** Scalars, empty axes and axes of length 1 are among them. */
  shape(least = 0, most = 4): number[] {
    return this.list(this.integer(least, most), () => this.extent());
  }

  /** An axis of a tensor of this rank, from the front or from the back; rarely one that it does not have. */
  dim(rank: number): number {
    if (this.chance(0.02)) return this.pick([rank + 1, -rank - 2]);
    return rank === 0 ? this.pick([0, -1]) : this.integer(-rank, rank - 1);
  }

  /** Different axes, in any order, counted from either end. */
  dims(rank: number, least = 1): number[] {
    const count = Math.min(rank, this.integer(least, Math.max(least, rank)));
    return this.shuffled(this.list(rank, (i) => i))
      .slice(0, count)
      .map((dim) => (this.chance(0.3) ? dim - rank : dim));
  }

  /** Float32 values: any, multiples of one half (ties, kinks and zeros), or some with edges among them. */
  floats(shape: readonly number[], options: ValueOptions = {}): Drawn {
    const { edges = true, range: [low, high] = [-4, 4], grad = true, view = true, ties = true } = options;
    const kind = this.#generator.next();
    const coarse = ties === "only" || (ties && kind < 0.3);
    const within = (): number => low + (high - low) * this.#generator.next();
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length: size }, () => {
      if (edges && kind > 0.85 && this.chance(0.3)) return this.pick(edgeValues);
      const value = coarse ? Math.round(within() * 2) / 2 : within();
      return Math.min(Math.max(value, low), high);
    });
    const drawn: Drawn = { shape, kind: "float32", data, requiresGrad: grad, view: null };
    return view && this.chance(0.15) ? this.#viewed(drawn) : drawn;
  }

  /** Whole numbers from `low` to `high`. */
  integers(shape: readonly number[], low: number, high: number, kind: "int32" | "index" = "int32"): Drawn {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = Int32Array.from({ length: size }, () => this.integer(low, high));
    return { shape, kind, data, requiresGrad: false, view: null };
  }

  /** Floats in most cases, else integers. */
  numbers(shape: readonly number[], options: ValueOptions = {}): Drawn {
    return this.chance(0.07) ? this.integers(shape, -4, 4) : this.floats(shape, options);
  }

  /** Turns a tensor into one that the op sees in this shape only through a view. */
  #viewed(drawn: Drawn): Drawn {
    const { shape } = drawn;
    if (shape.length >= 2 && this.chance(0.5)) {
      const permute = this.shuffled(shape.map((_, i) => i));
      const before: number[] = [];
      permute.forEach((from, to) => (before[from] = shape[to]!));
      return { ...drawn, shape: before, view: { permute } };
    }
    if (shape.length >= 1) return { ...drawn, view: { flip: this.pick(shape.map((_, i) => i)) } };
    return drawn;
  }
}
