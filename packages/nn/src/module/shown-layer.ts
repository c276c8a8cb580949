import { optionsText } from "./module-text.ts";
import { Module } from "./module.ts";

/** What layers share that are printed with all their fields but state and functions, in the order of declaration: `ELU(alpha=1)`. */
export abstract class ShownLayer extends Module {
  /** The fields that every module has. */
  readonly #common: readonly string[] = Object.keys(this);

  override extraRepr(): string {
    const own = Object.entries(this).filter(([name, value]) => !this.#common.includes(name) && isPlain(value));
    return optionsText(Object.fromEntries(own));
  }
}

function isPlain(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isPlain) : Object(value) !== value;
}
