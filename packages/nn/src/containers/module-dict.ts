import { IndexError, TapegradError, ValueError } from "@tapegrad/tensor";
import { checkString, isPlainObject, showValue } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import { Module } from "../module/module.ts";

/** Modules by name, in the order in which they were set. State-dict keys are the names, exactly as given. */
export class ModuleDict<M extends Module = Module> extends Module {
  readonly #modules = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    const listed = typeof modules === "object" && modules !== null && Symbol.iterator in modules;
    if (!(listed || isPlainObject(modules)) || (Array.isArray(modules) && !modules.every(Array.isArray)))
      throw new ValueError(`ModuleDict: expected Modules by name, got ${showValue(modules)}`);
    const entries = listed ? (modules as Iterable<readonly [string, M]>) : Object.entries(modules);
    for (const [name, module] of entries) this.set(name, module);
  }

  /** Number of modules. */
  get size(): number {
    return this.#modules.size;
  }

  /** Whether there is a module of this name. */
  has(name: string): boolean {
    return this.#modules.has(name);
  }

  /** The module of that name. @throws IndexError if there is none, listing the names. */
  get(name: string): M {
    const found = this.#modules.get(name);
    if (found === undefined) {
      throw new IndexError(
        `ModuleDict: no module ${showValue(name)}; there are ${[...this.#modules.keys()].join(", ")}`,
      );
    }
    return found;
  }

  /** Puts a module under a name. @throws ValueError if the name is empty or holds a dot, or there is no Module. */
  set(name: string, module: M): this {
    checkString("ModuleDict", "a name", name);
    if (name === "" || name.includes(".")) {
      throw new ValueError(
        `ModuleDict: ${JSON.stringify(name)} cannot name a module; names are not empty and hold no dot`,
      );
    }
    checkModule(`ModuleDict: ${JSON.stringify(name)}`, module);
    this.#modules.set(name, module);
    return this;
  }

  /** Names and modules, in the order in which they were set. */
  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.#modules.entries();
  }

  /** @throws TapegradError always: a dictionary does not say how its modules are connected. */
  forward(): never {
    throw new TapegradError("ModuleDict: a dictionary has no forward; call the modules in it");
  }

  protected override *fields(): Iterable<readonly [string, unknown]> {
    yield* super.fields();
    yield* this.#modules;
  }

  override replaceEntries(replace: (entries: unknown) => unknown): void {
    replace(this.#modules);
  }
}
