import { isPlainObject } from "../checks/is-plain-object.ts";
import { showValue } from "../checks/show-value.ts";
import { ValueError } from "../errors.ts";
import type { DType } from "./dtype.ts";
import type { Shape } from "./shape.ts";

/** A saved state as readers of files give it: numbers, text, booleans, null, lists, tensors that are still in the file, and maps of these. */
export type SavedMap = ReadonlyMap<unknown, unknown>;

/** A tensor in a file, whose values are read when they are asked for: a `FileTensor` of `@tapegrad/formats` is one. */
export interface StoredTensor {
  readonly shape: Shape;
  /** The dtype of its values on a device. */
  readonly deviceDType: DType;
  /** Reads the values, as a device takes them. */
  toHost(): Promise<Float32Array | Int32Array>;
}

/** Whether a value of a saved state is a tensor that is still in a file. */
export function isStoredTensor(value: unknown): value is StoredTensor {
  return typeof value === "object" && value !== null && "toHost" in value && "deviceDType" in value && "shape" in value;
}

/**
 * The fields of a saved state, which is a plain object or a `Map`. Names may be PyTorch's: `_last_lr` is `lastLr`.
 *
 * @throws ValueError, beginning with `what`, from each function if the field is missing or of another kind.
 */
export class SavedFields {
  /** What names the state in messages: `Adam.loadStateDict`. */
  readonly what: string;
  readonly #fields = new Map<string, unknown>();

  constructor(what: string, state: unknown) {
    this.what = what;
    if (!(state instanceof Map) && !isPlainObject(state))
      throw this.error(`expected a saved state, a plain object or a Map, got ${showValue(state)}`);
    for (const [key, value] of state instanceof Map ? (state as SavedMap) : Object.entries(state)) {
      const name = camelCase(String(key));
      if (this.#fields.has(name)) throw this.error(`${name} comes twice`);
      this.#fields.set(name, value);
    }
  }

  get names(): readonly string[] {
    return [...this.#fields.keys()];
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  /** A value of whatever kind, which must be there. */
  value(name: string): unknown {
    if (!this.#fields.has(name)) throw this.error(`${name} is missing`);
    return this.#fields.get(name);
  }

  number(name: string): number {
    const value = this.value(name);
    if (typeof value !== "number") throw this.error(`${name} must be a number, got ${showValue(value)}`);
    return value;
  }

  integer(name: string, least: number): number {
    const value = this.value(name);
    if (!(Number.isSafeInteger(value) && (value as number) >= least))
      throw this.error(`${name} must be an integer of at least ${least}, got ${showValue(value)}`);
    return value as number;
  }

  list(name: string): readonly unknown[] {
    const value = this.value(name);
    if (!Array.isArray(value)) throw this.error(`${name} must be a list, got ${showValue(value)}`);
    return value;
  }

  numbers(name: string): readonly number[] {
    const values = this.list(name);
    if (!values.every((each) => typeof each === "number"))
      throw this.error(`${name} must be a list of numbers, got ${showValue(values)}`);
    return [...(values as readonly number[])];
  }

  error(problem: string): ValueError {
    return new ValueError(`${this.what}: ${problem}`);
  }
}

/** `exp_avg_sq` becomes `expAvgSq`, `_last_lr` `lastLr`, `T_cur` `tCur`. */
function camelCase(name: string): string {
  const joined = name.replace(/^_/, "").replaceAll(/_+(.)/g, (_, letter: string) => letter.toUpperCase());
  return joined.slice(0, 1).toLowerCase() + joined.slice(1);
}
