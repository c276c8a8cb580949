import { type Shape, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkFunction, explainChange, printAsText, readOptions } from "@tapegrad/tensor/internal";
import { Buffer } from "./buffer.ts";
import { copyOf } from "./copy-of.ts";
import { join, markAsState, stateIn, unique } from "./find-state.ts";
import { type LoadOptions, type LoadResult, loadTensors, type StateDict } from "./load-state-dict.ts";
import { ModeSwitch } from "./mode-switch.ts";
import { noteModule } from "./model-of.ts";
import { moduleText } from "./module-text.ts";
import { Parameter } from "./parameter.ts";
import { snakeCase } from "./snake-case.ts";

/** What a module's fields may hold of its state. */
type State = Parameter | Buffer | Module;

/** A module that maps one tensor to one tensor, as most layers do: what `Sequential` is made of. */
export interface Layer extends Module {
  forward(input: Tensor): Tensor;
}

/**
 * A part of a network: whatever `Parameter`s, `Buffer`s and `Module`s lie in its fields are its state.
 *
 * No field has to be registered. The fields, and the arrays, sets, maps and plain objects in them, are walked in declaration
 * order whenever somebody asks; `#private` fields are not seen, plain tensors are not state. State-dict keys are PyTorch's:
 * the snake_case of each field name (`bn1.running_mean`), indices for arrays (`layer1.0.conv1.weight`).
 *
 * Modules that are alive are known, by weak references, to messages alone: a layer names the model that it is in.
 *
 * ```ts
 * class Net extends Module {
 *   readonly hidden = new Linear(784, 128);
 *   readonly dropout = new Dropout(0.5);
 *   readonly head = new Linear(128, 10);
 *
 *   forward(x: Tensor): Tensor {
 *     return this.head.forward(this.dropout.forward(relu(this.hidden.forward(x))));
 *   }
 * }
 * ```
 */
export abstract class Module extends ModeSwitch {
  constructor() {
    super();
    noteModule(this);
  }

  /** Computes the output. Subclasses say of what: `forward(x: Tensor): Tensor`. */
  abstract forward(...inputs: never[]): unknown;

  /** Every parameter under its state-dict name. A parameter that is shared comes once, under its first name. */
  namedParameters(): [name: string, parameter: Parameter][] {
    return unique(this.#named(Parameter));
  }

  /** Every parameter, a module's own before those of the modules inside; shared ones once. */
  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** Every buffer under its state-dict name, shared ones once. */
  namedBuffers(): [name: string, buffer: Buffer][] {
    return unique(this.#named(Buffer));
  }

  /** Every buffer, shared ones once. */
  buffers(): Buffer[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }

  /** This module, under the name `""`, and every module inside, outer before inner; shared ones once. */
  namedModules(): [name: string, module: Module][] {
    return unique(this.#paths("", []));
  }

  /** This module and every module inside, outer before inner; shared ones once. */
  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** The modules directly in the fields, with their names; shared ones once. */
  namedChildren(): [name: string, child: Module][] {
    return unique(this.#own(Module));
  }

  /** The modules directly in the fields; shared ones once. */
  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** Calls `fn` on every module inside and then on this one: for initialising weights by kind of layer. */
  apply(fn: (module: Module) => void): this {
    checkFunction("apply", "fn", fn);
    for (const child of this.children()) child.apply(fn);
    fn(this);
    return this;
  }

  /**
   * How many multiplications with additions this module itself does, without those inside, to make an output of one
   * shape from an input of another: what `summary` lists as cost. Elementwise work counts for nothing.
   */
  multiplyAdds(_input: Shape, _output: Shape): number {
    return 0;
  }

  /** What stands between the parentheses where the module is printed: options of a layer, `"p=0.5"`. */
  extraRepr(): string {
    return "";
  }

  /** The modules as a tree, laid out as in torch, with options and names as they are spelled here. */
  override toString(): string {
    // Test runners print copies of the fields.
    return #own in this ? moduleText(this, this.extraRepr(), this.#own(Module)) : "a copy of a module's fields";
  }

  /** What `JSON.stringify` writes: the text of `toString()`. Weights are saved by `@tapegrad/formats`. */
  toJSON(): string {
    return this.toString();
  }

  /**
   * What `stateDict` has views of: parameters and persistent buffers under PyTorch's names and in its order, a module's parameters,
   * its buffers, the modules inside.
   *
   * @throws ValueError if two fields have the same state-dict name.
   */
  namedState(): Map<string, Parameter | Buffer> {
    const found = new Map<string, Parameter | Buffer>();
    for (const [prefix, module] of this.#paths("", [])) {
      for (const [name, state] of [...module.#own<Parameter | Buffer>(Parameter), ...module.#own(Buffer)]) {
        if (state instanceof Buffer && !state.persistent) continue;
        const key = join(prefix, name);
        if (found.has(key))
          throw new ValueError(`stateDict: two fields of ${module.constructor.name} have the state-dict name ${key}`);
        found.set(key, state);
      }
    }
    return found;
  }

  /** Forgets all gradients. */
  zeroGrad(): this {
    for (const parameter of this.parameters()) parameter.dropGrad();
    return this;
  }

  /**
   * Says whether the parameters want gradients (torch: `requires_grad_`). `requireGrad(false)` stops them from
   * learning; running statistics are unrelated, see `freeze()`.
   */
  requireGrad(wanted = true): this {
    checkBoolean("requireGrad", "wanted", wanted);
    for (const parameter of this.parameters()) parameter.requiresGrad = wanted;
    return this;
  }

  /**
   * Parameters and persistent buffers under PyTorch's names. Shared ones come under each of their names; absent ones
   * (`bias: false`) not at all.
   *
   * The tensors are views, as in torch: training goes on to change them. `{ copy: true }` makes a snapshot.
   *
   * @throws ValueError if two fields have the same state-dict name.
   */
  stateDict(options: { readonly copy?: boolean } = {}): Map<string, Tensor> {
    const { copy } = readOptions("Module.stateDict", options, { copy: [false] });
    return new Map(Array.from(this.namedState(), ([name, value]) => [name, copy ? copyOf(value) : value.detach()]));
  }

  /**
   * Copies the values of a state dict into the parameters and buffers. Everything is checked before the first value
   * is written, so an error leaves the module as it was.
   *
   * `num_batches_tracked` may be missing, as in dicts from before PyTorch 0.4.1; it counts from 0 then.
   *
   * @returns the keys that were missing and unexpected: both empty if `strict`.
   * @throws StateDictError listing all missing and unexpected keys, unless `strict` is false, and all tensors of
   *   another shape or dtype.
   */
  loadStateDict(state: StateDict, options: LoadOptions = {}): LoadResult {
    const { strict } = readOptions("Module.loadStateDict", options, { strict: [true] });
    const load = (): LoadResult => loadTensors(this.constructor.name, this.namedState(), state, strict);
    return explainChange("loadStateDict", load);
  }

  /**
   * Has `replace` put modules in the place of others among entries that lie in no field: containers, which have such, override
   * it. For `replaceModules`.
   */
  replaceEntries(_replace: (entries: unknown) => unknown): void {}

  /** Names and values that may hold state. Containers override it to name their entries. */
  protected *fields(): Iterable<readonly [name: string, value: unknown]> {
    for (const [name, value] of Object.entries(this)) yield [snakeCase(name), value];
  }

  /** State of one kind directly in the fields. */
  *#own<S extends State>(kind: abstract new (...args: never[]) => S): Iterable<[string, S]> {
    for (const [name, value] of this.fields()) {
      for (const [path, state] of stateIn(name, value, isState)) if (state instanceof kind) yield [path, state];
    }
  }

  /** This module and all inside, once for every path that leads there; a module inside itself is not entered again. */
  *#paths(prefix: string, above: readonly Module[]): Iterable<[string, Module]> {
    if (above.includes(this)) return;
    yield [prefix, this];
    for (const [name, child] of this.#own(Module)) yield* child.#paths(join(prefix, name), [...above, this]);
  }

  /** State of one kind in this module and all inside, once for every path that leads there. */
  *#named<S extends Parameter | Buffer>(kind: abstract new (...args: never[]) => S): Iterable<[string, S]> {
    for (const [prefix, module] of this.#paths("", [])) {
      for (const [name, state] of module.#own(kind)) yield [join(prefix, name), state];
    }
  }
}

printAsText(Module.prototype);
markAsState(Module.prototype);

function isState(value: object): value is State {
  return value instanceof Parameter || value instanceof Buffer || value instanceof Module;
}
