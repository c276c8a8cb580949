import { type Shape, type StoredTensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { checkBoolean, checkFunction, explainChange, printAsText, readOptions } from "@tapegrad/tensor/internal";
import { replaceIn } from "../statistics/replace-in.ts";
import { Buffer } from "./buffer.ts";
import { copyOf } from "./copy-of.ts";
import { join, markAsState, stateIn, unique } from "./find-state.ts";
import {
  type LoadOptions,
  type LoadResult,
  loadStoredTensors,
  loadTensors,
  type StateDict,
} from "./load-state-dict.ts";
import { ModeSwitch } from "./mode-switch.ts";
import { noteModule } from "./model-of.ts";
import {
  type BackwardHook,
  type ForwardHook,
  type ForwardHookOptions,
  type ForwardPreHook,
  type HookHandle,
  ModuleHooks,
} from "./module-hooks.ts";
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
  #hooks: ModuleHooks | null = null;

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
    return #hooks in this ? moduleText(this, this.extraRepr(), this.#own(Module)) : "a copy of a module's fields";
  }

  /** What `JSON.stringify` writes: the text of `toString()`. Weights are saved by `@tapegrad/formats`. */
  toJSON(): string {
    return this.toString();
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
    const state = new Map<string, Tensor>();
    for (const [name, value] of this.#state()) state.set(name, copy ? copyOf(value) : value.detach());
    return state;
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
    const load = (): LoadResult => loadTensors(this.constructor.name, new Map(this.#state()), state, strict);
    return explainChange("loadStateDict", load);
  }

  /**
   * As `loadStateDict`, for tensors that are still in a file: reads one after the other into the parameters and buffers,
   * so that the weights are never in memory twice.
   *
   * Names, shapes and dtypes are checked before the first value is read. If reading fails further on, the tensors before
   * the damage have their new values, the others their old ones.
   */
  loadStoredStateDict(state: ReadonlyMap<string, StoredTensor>, options: LoadOptions = {}): Promise<LoadResult> {
    const { strict } = readOptions("Module.loadStoredStateDict", options, { strict: [true] });
    return explainChange("loadStoredStateDict", () =>
      loadStoredTensors(this.constructor.name, new Map(this.#state()), state, strict),
    );
  }

  /**
   * Calls `hook` before every forward with the inputs; what it returns, unless undefined, is used in their place.
   */
  registerForwardPreHook(hook: ForwardPreHook<this>): HookHandle {
    return this.#hookable().addBefore((inputs) => hook(this, inputs));
  }

  /** Calls `hook` after every forward with inputs and output; what it returns, unless undefined, is the output. */
  registerForwardHook(hook: ForwardHook<this>, options: ForwardHookOptions = {}): HookHandle {
    const { alwaysCall } = readOptions("registerForwardHook", options, { alwaysCall: [false, checkBoolean] });
    return this.#hookable().addAfter((inputs, output) => hook(this, inputs, output), alwaysCall);
  }

  /**
   * Calls `hook` whenever gradients of this module's inputs have been computed, with them and those of its outputs;
   * what it returns, unless undefined, is used as the inputs' gradients. Inputs and outputs must be tensors or arrays
   * of tensors.
   */
  registerFullBackwardHook(hook: BackwardHook<this>): HookHandle {
    return this.#hookable().addBackward((gradInputs, gradOutputs) => hook(this, gradInputs, gradOutputs));
  }

  #hookable(): ModuleHooks {
    return (this.#hooks ??= new ModuleHooks(this));
  }

  /**
   * Puts modules in the place of others, wherever those lie inside this one; `foldBatchNorm` does. Whoever reads a field
   * afterwards finds the new module, whatever the field's type says.
   */
  replaceModules(replacements: ReadonlyMap<Module, Module>): this {
    for (const module of this.modules()) module.replaceOwn(replacements);
    return this;
  }

  /** Replaces modules in the fields. Containers that hide theirs override it. */
  protected replaceOwn(replacements: ReadonlyMap<Module, Module>): void {
    for (const [name, value] of Object.entries(this)) {
      const next = replaceIn(value, replacements);
      if (next !== value) Reflect.set(this, name, next);
    }
  }

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

  /**
   * This module and all inside, once for every path that leads there; a module inside itself is not entered again.
   */
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

  /** Parameters and persistent buffers in PyTorch's order: a module's parameters, its buffers, the modules inside. */
  *#state(): Iterable<[string, Parameter | Buffer]> {
    const seen = new Set<string>();
    for (const [prefix, module] of this.#paths("", [])) {
      for (const [name, state] of [...module.#own<Parameter | Buffer>(Parameter), ...module.#own(Buffer)]) {
        if (state instanceof Buffer && !state.persistent) continue;
        const key = join(prefix, name);
        if (seen.has(key))
          throw new ValueError(`stateDict: two fields of ${module.constructor.name} have the state-dict name ${key}`);
        seen.add(key);
        yield [key, state];
      }
    }
  }
}

printAsText(Module.prototype);
markAsState(Module.prototype);

function isState(value: object): value is State {
  return value instanceof Parameter || value instanceof Buffer || value instanceof Module;
}
