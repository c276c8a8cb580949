import type { FormatError } from "@tapegrad/tensor";
import type { FileTensor } from "../io/file-tensor.ts";
import { costOfKey, type ReadBudget } from "../io/read-limits.ts";
import { UnfilledArray } from "./numpy-globals.ts";

/** Bytes of memory that a place on the stack takes, with what is left over while it grows. */
const costOfPlace = 24;
/** Places are paid for in blocks. */
const block = 1024;

/** What a pickle works on: a stack of values with marks between them, and a memo of values that are used again. */
export class PickleStack {
  /** Makes the error that says what is wrong with the pickle. */
  readonly #error: (problem: string) => FormatError;
  readonly #budget: ReadBudget;
  readonly #values: unknown[] = [];
  /** Heights of the stack where MARK was seen. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  /** Values and marks that are paid for. */
  #height = 0;

  constructor(budget: ReadBudget, error: (problem: string) => FormatError) {
    this.#budget = budget;
    this.#error = error;
  }

  push(value: unknown): void {
    this.#values.push(value);
    this.#pay();
  }

  mark(): void {
    this.#marks.push(this.#values.length);
    this.#pay();
  }

  top(): unknown {
    this.#expect(1);
    return this.#values.at(-1);
  }

  /** What lies under `above` values, whatever marks are between; undefined if nothing does. */
  under(above: number): unknown {
    return this.#values.at(-1 - above);
  }

  pop(): unknown {
    this.#expect(1);
    return this.#values.pop();
  }

  /** The last `count` values, in the order in which they were pushed. */
  popLast(count: number): unknown[] {
    this.#expect(count);
    return this.#values.splice(-count);
  }

  popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#error("lacks a mark");
    return this.#values.splice(mark);
  }

  /** Drops the top, be it a mark. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }

  /** The only value. */
  popResult(): unknown {
    const value = this.pop();
    if (this.#values.length > 0 || this.#marks.length > 0) throw this.#error("ends with values left over");
    return value;
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  remember(index: number): void {
    const value = this.top();
    if (!this.#memo.has(index)) this.#budget.spend(costOfKey(index), "what its pickle remembers");
    this.#memo.set(index, value);
    if (value instanceof UnfilledArray) value.places.push(index);
  }

  recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#error(`recalls value ${index}, which it did not remember`);
    this.push(this.#memo.get(index));
  }

  /** Puts an array where it is on top, and where it was remembered. */
  fill(unfilled: UnfilledArray, array: FileTensor): void {
    this.#values[this.#values.length - 1] = array;
    for (const index of unfilled.places.splice(0)) if (this.#memo.get(index) === unfilled) this.#memo.set(index, array);
  }

  #pay(): void {
    if (this.#values.length + this.#marks.length <= this.#height) return;
    this.#budget.spend(block * costOfPlace, "the stack of its pickle");
    this.#height += block;
  }

  #expect(count: number): void {
    if (this.#values.length - (this.#marks.at(-1) ?? 0) < count) throw this.#error("takes values off an empty stack");
  }
}
