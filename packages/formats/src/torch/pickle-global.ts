import { FormatError } from "@tapegrad/tensor";
import type { ByteSource } from "../io/byte-source.ts";
import { type TorchKey, type TorchValue, Tuple } from "./torch-value.ts";

/** What the unpickler lends to the globals that it knows. */
export interface PickleHost {
  readonly file: string;
  readonly source: ByteSource;
  /** Sets an entry of a dict. @throws FormatError if the key is none. */
  setItem(dict: Map<TorchKey, TorchValue>, key: unknown, value: unknown): void;
  /** Adds to a set. @throws FormatError if the item is none that sets hold. */
  addItem(set: Set<TorchValue>, item: unknown): void;
}

type Call = (args: readonly unknown[], host: PickleHost) => unknown;

/** A global that a pickle may name, and what calling it means here. */
export class PickleGlobal {
  readonly name: string;
  /** What calling it makes; null if it may only be named. */
  readonly call: Call | null;
  /** What it makes as a class without `__init__`, by the opcode NEWOBJ; null if it may not. */
  readonly construct: Call | null;

  constructor(name: string, call: Call | null, construct: Call | null = null) {
    this.name = name;
    this.call = call;
    this.construct = construct;
  }
}

/** Sizes or strides: a short tuple of numbers. Their values are checked by the tensor. */
export function extents(host: PickleHost, value: unknown): number[] {
  const items = value instanceof Tuple ? value.items : value;
  if (!Array.isArray(items) || items.length > 64 || !items.every((item) => typeof item === "number")) {
    throw new FormatError(host.file, "a tensor's sizes and strides must be tuples of at most 64 integers");
  }
  return [...items];
}

/** What is thrown where a global is called with arguments that nothing writes. */
export function wrongCall({ file }: PickleHost, name: string): FormatError {
  return new FormatError(file, `its pickle calls ${name} with wrong arguments`);
}

/** What is thrown where a pickle wants more of a global than its name. */
export function refusal(file: string, path: string): FormatError {
  const whole = path.includes(".nn.") ? "modules" : path.startsWith("torch.optim.") ? "optimizers or schedules" : null;
  const advice = whole === null ? "" : `; it pickles whole ${whole}: save their state_dict() instead`;
  return new FormatError(
    file,
    `refused: its pickle names the global ${JSON.stringify(path.slice(0, 120))}, which neither tensors nor plain values need${advice}. Nothing was run`,
  );
}
