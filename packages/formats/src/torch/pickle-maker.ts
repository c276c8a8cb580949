import type { ReadBudget } from "../io/read-limits.ts";
import type { PickleReader } from "./pickle-reader.ts";
import type { PickleStack } from "./pickle-stack.ts";
import { type TorchValue, Tuple } from "./torch-value.ts";

/**
 * What things cost: the bytes that they take in V8, with what is left over while they grow. What is dear to make costs as
 * much as makes up for its time.
 */
export const cost = {
  opcode: 12,
  number: 16,
  digit: 8,
  text: 32,
  bytes: 256,
  item: 16,
  tuple: 224,
  list: 192,
  hashed: 256,
  global: 256,
  call: 256,
} as const;

/** Makes what a pickle asks for: pays for it out of the file's budget, and puts it on the stack. */
export class PickleMaker {
  readonly #reader: PickleReader;
  readonly #stack: PickleStack;
  readonly #budget: ReadBudget;

  constructor(reader: PickleReader, stack: PickleStack, budget: ReadBudget) {
    this.#reader = reader;
    this.#stack = stack;
    this.#budget = budget;
  }

  pay(bytes: number): void {
    this.#budget.spend(bytes, "what its pickle makes");
  }

  /** Puts a value on the stack that costs so many bytes. */
  value(bytes: number, value: unknown): void {
    this.pay(bytes);
    this.#stack.push(value);
  }

  tuple(items: unknown[]): void {
    this.value(cost.tuple + cost.item * items.length, new Tuple(items as TorchValue[]));
  }

  /** An integer of so many bytes, read from the pickle. */
  integer(length: number): void {
    const integer = this.#reader.integer(length);
    this.value(length > 8 ? cost.digit * length : cost.number, integer);
  }

  /** Text of so many bytes, read from the pickle. */
  text(length: number): void {
    const text = this.#reader.text(length);
    this.value(cost.text + 2 * length, text);
  }

  /** So many bytes, read from the pickle. */
  bytes(length: number): void {
    const bytes = this.#reader.bytes(length);
    this.pay(cost.bytes + length);
    this.#stack.push(bytes.slice());
  }
}
