import { IndexError, TapegradError, ValueError } from "@tapegrad/tensor";
import { checkInteger, showValue } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import { Module } from "../module/module.ts";

/**
 * A list of modules that can grow, for a module that calls them itself. State-dict keys are the indices.
 *
 * A plain array in a field serves as well; a list has methods of `Module` for all its entries at once.
 */
export class ModuleList<M extends Module = Module> extends Module {
  readonly #modules: M[] = [];

  /** @throws ValueError if an entry is no Module. */
  constructor(modules: Iterable<M> = []) {
    super();
    if (typeof modules !== "object" || typeof modules?.[Symbol.iterator] !== "function")
      throw new ValueError(`ModuleList: expected a list of Modules, got ${showValue(modules)}`);
    for (const module of modules) {
      checkModule(`ModuleList: entry ${this.#modules.length}`, module);
      this.#modules.push(module);
    }
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules.length;
  }

  /** The module at an index; negative ones count from the end. @throws IndexError if there is none. */
  at(index: number): M {
    checkInteger("ModuleList.at", "index", index);
    const found = this.#modules.at(index);
    if (found === undefined) throw new IndexError(`ModuleList: no module ${index} among ${this.length}`);
    return found;
  }

  /** Adds a module at the end. */
  append(module: M): this {
    checkModule("ModuleList.append: the entry", module);
    this.#modules.push(module);
    return this;
  }

  /** The modules, in their order. */
  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules.values();
  }

  /** @throws TapegradError always: a list does not say how its modules are connected. */
  forward(): never {
    throw new TapegradError("ModuleList: a list has no forward; call the modules in it, or use Sequential");
  }

  protected override *fields(): Iterable<readonly [string, unknown]> {
    yield* super.fields();
    for (const [i, module] of this.#modules.entries()) yield [String(i), module];
  }

  override replaceEntries(replace: (entries: unknown) => unknown): void {
    replace(this.#modules);
  }
}
