import { defineMultiOp, isRecording, type MaybeTensor, Tensor } from "@tapegrad/tensor";
import { checkBoolean, checkFunction, ownedByScope, readOptions } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import { copyOf } from "./copy-of.ts";
import type { Module } from "./module.ts";

/** Sees the inputs of a module before its forward; what it returns, unless undefined, is used in their place. */
export type ForwardPreHook<M> = (module: M, inputs: readonly unknown[]) => readonly unknown[] | undefined | void;

/** Sees inputs and output of a module's forward; what it returns, unless undefined, is the output. */
export type ForwardHook<M> = (module: M, inputs: readonly unknown[], output: unknown) => unknown;

/** How a forward hook is called. */
export interface ForwardHookOptions {
  /** Also when the forward, or a hook before it, throws: with undefined for the output. @default false */
  readonly alwaysCall?: boolean;
}

/**
 * Sees the gradients of a module's tensor inputs and outputs in a backward pass, null where none flows; what it
 * returns, unless undefined, is used as the inputs' gradients. It may keep the gradients, and what it computes from them.
 */
export type BackwardHook<M> = (
  module: M,
  gradInputs: readonly MaybeTensor[],
  gradOutputs: readonly MaybeTensor[],
) => readonly MaybeTensor[] | undefined | void;

/** What registering a hook returns. */
export interface HookHandle {
  /** Takes the hook off. Doing it twice is harmless. */
  remove(): void;
  /** `using handle = …` takes it off at the end of the block. */
  [Symbol.dispose](): void;
}

/**
 * Calls `hook` before every forward of a module with the inputs; what it returns, unless undefined, is used in their place
 * (torch: `Module.register_forward_pre_hook`).
 */
export function registerForwardPreHook<M extends Module>(module: M, hook: ForwardPreHook<M>): HookHandle {
  const hooks = hooksOf("registerForwardPreHook", module, hook);
  return hooks.add(hooks.before, { hook });
}

/**
 * Calls `hook` after every forward of a module with inputs and output; what it returns, unless undefined, is the output
 * (torch: `Module.register_forward_hook`).
 */
export function registerForwardHook<M extends Module>(
  module: M,
  hook: ForwardHook<M>,
  options: ForwardHookOptions = {},
): HookHandle {
  const { alwaysCall } = readOptions("registerForwardHook", options, { alwaysCall: [false, checkBoolean] });
  const hooks = hooksOf("registerForwardHook", module, hook);
  return hooks.add(hooks.after, { hook, alwaysCall });
}

/**
 * Calls `hook` whenever gradients of a module's inputs have been computed, with them and those of its outputs; what it
 * returns, unless undefined, is used as the inputs' gradients (torch: `Module.register_full_backward_hook`). Inputs and
 * outputs must be tensors or arrays of tensors.
 */
export function registerFullBackwardHook<M extends Module>(module: M, hook: BackwardHook<M>): HookHandle {
  const hooks = hooksOf("registerFullBackwardHook", module, hook);
  return hooks.add(hooks.backward, { hook });
}

const hooked = /* @__PURE__ */ new WeakMap<Module, unknown>();

function hooksOf<M extends Module>(op: string, module: M, hook: unknown): ModuleHooks<M> {
  checkModule(`${op}: module`, module);
  checkFunction(op, "hook", hook);
  const hooks = (hooked.get(module) ?? new ModuleHooks(module)) as ModuleHooks<M>;
  hooked.set(module, hooks);
  return hooks;
}

/**
 * The hooks of one module.
 *
 * While there are any, the module has a `forward` of its own that calls them around the class's; a module without
 * hooks pays nothing.
 */
class ModuleHooks<M extends Module> {
  readonly #module: M;
  readonly before = new Set<{ readonly hook: ForwardPreHook<M> }>();
  readonly after = new Set<{ readonly hook: ForwardHook<M>; readonly alwaysCall: boolean }>();
  readonly backward = new Set<{ readonly hook: BackwardHook<M> }>();
  /** The module's own `forward` before the first hook; undefined where the class's served. */
  #ownForward: PropertyDescriptor | undefined;

  constructor(module: M) {
    this.#module = module;
  }

  get #count(): number {
    return this.before.size + this.after.size + this.backward.size;
  }

  /** Adds a hook to one of the sets. */
  add<E>(hooks: Set<E>, entry: E): HookHandle {
    if (this.#count === 0) this.#wrapForward();
    hooks.add(entry);
    const remove = (): void => {
      if (hooks.delete(entry) && this.#count === 0) this.#unwrapForward();
    };
    return { remove, [Symbol.dispose]: remove };
  }

  #wrapForward(): void {
    this.#ownForward = Object.getOwnPropertyDescriptor(this.#module, "forward");
    const forward = this.#module.forward as (...inputs: readonly unknown[]) => unknown;
    const wrapped = (...inputs: readonly unknown[]): unknown => this.#call(forward, inputs);
    Object.defineProperty(this.#module, "forward", { value: wrapped, configurable: true, writable: true });
  }

  #unwrapForward(): void {
    if (this.#ownForward !== undefined) Object.defineProperty(this.#module, "forward", this.#ownForward);
    else Reflect.deleteProperty(this.#module, "forward");
  }

  #call(forward: (...inputs: readonly unknown[]) => unknown, given: readonly unknown[]): unknown {
    const told = new Set<object>();
    const compute = (inputs: readonly unknown[]): unknown => {
      let output: unknown = Reflect.apply(forward, this.#module, inputs);
      for (const entry of this.after) {
        told.add(entry);
        const { hook } = entry;
        const replaced = hook(this.#module, inputs, output);
        if (replaced !== undefined) output = replaced;
      }
      return output;
    };
    try {
      let inputs = given;
      for (const { hook } of this.before) inputs = hook(this.#module, inputs) ?? inputs;
      return this.backward.size === 0 ? compute(inputs) : watched(this.#module, this.backward, inputs, compute);
    } catch (error) {
      for (const entry of this.after) {
        const { hook, alwaysCall } = entry;
        if (alwaysCall && !told.has(entry)) hook(this.#module, given, undefined);
      }
      throw error;
    }
  }
}

/**
 * Computes, and watches the gradients of the call, as torch does: tensors pass through an identity on their way in and out;
 * the outer one notes the outputs' gradients, the inner one then calls the hooks with those and the inputs'. Where no
 * input wants a gradient there is no inner one, and the outer one calls the hooks.
 */
function watched<M>(
  module: M,
  hooks: ReadonlySet<{ readonly hook: BackwardHook<M> }>,
  inputs: readonly unknown[],
  compute: (inputs: readonly unknown[]) => unknown,
): unknown {
  let gradOutputs: readonly MaybeTensor[] = [];
  const callHooks: SeesGradients = (grads) => {
    let gradInputs = lasting(grads);
    let replaced = false;
    for (const { hook } of hooks) {
      const answer = ownedByScope(() => hook(module, gradInputs, gradOutputs));
      if (!answer) continue;
      gradInputs = answer;
      replaced = true;
    }
    return replaced ? gradInputs : grads;
  };
  const tensors = inputs.filter((input) => input instanceof Tensor);
  const wanted = tensors.some((input) => input.requiresGrad);
  const output = compute(wanted ? throughIdentity(inputs, callHooks) : inputs);
  const note: SeesGradients = (grads) => {
    gradOutputs = lasting(grads);
    if (!wanted) callHooks(tensors.map(() => null));
    return grads;
  };
  return Array.isArray(output) ? throughIdentity(output, note) : throughIdentity([output], note)[0];
}

/**
 * Gradients that a hook may keep: a backward pass frees those it has used, unless they are recorded to be
 * differentiated.
 */
function lasting(grads: readonly MaybeTensor[]): readonly MaybeTensor[] {
  return isRecording() ? grads : grads.map((grad) => grad && copyOf(grad));
}

type SeesGradients = (grads: readonly MaybeTensor[]) => readonly MaybeTensor[];

/** Passes tensors on unchanged and shows their gradients to `params` on the way back. */
const watchGradients = defineMultiOp<readonly Tensor[], SeesGradients>({
  name: "backwardHook",
  forward: (inputs) => inputs.map((input) => input.detach()),
  vjp: (grads, { params }) => params(grads),
  reads: { inputs: false, outputs: false },
});

/** The values with every tensor among them passed through an identity that shows the gradients to `sees`. */
function throughIdentity(values: readonly unknown[], sees: SeesGradients): readonly unknown[] {
  const tensors = values.filter((value) => value instanceof Tensor);
  const passed = watchGradients(tensors, sees)[Symbol.iterator]();
  return values.map((value) => (value instanceof Tensor ? passed.next().value : value));
}
