import { GradientError, Tensor, ValueError } from "@tapegrad/tensor";
import { checkTensor, showShape } from "@tapegrad/tensor/internal";
import { checkGradient } from "../walk/check-gradient.ts";
import { isRetained } from "../walk/retain-grad.ts";
import { hooksOf, type TensorHook } from "../walk/tensor-hooks.ts";

export type { TensorHook } from "../walk/tensor-hooks.ts";

/** What registering a hook returns. */
export interface TensorHookHandle {
  /** Takes the hook off. Doing it twice is harmless. */
  remove(): void;
  /** `using handle = …` takes it off at the end of the block. */
  [Symbol.dispose](): void;
}

/**
 * Calls `hook` with the gradient of `tensor` in every backward pass that computes it, once all its parts are added up.
 *
 * If the hook returns a tensor, that one flows on to what `tensor` was computed from, or is added to the `grad` of a leaf.
 * Several hooks are called in the order in which they were registered, each with what the one before made of the gradient.
 * A hook may keep the gradient: it is not freed. Inside it, ops are recorded if the pass creates a graph, else not.
 *
 * ```ts
 * const handle = registerHook(hidden, (gradient) => clamp(gradient, { min: -1, max: 1 }));
 * backward(loss);
 * handle.remove();
 * ```
 *
 * As in PyTorch 1.13, `grad` answers for `tensor` itself with the gradient as it was before the hooks; what lies behind
 * `tensor` gets what they made of it. `retainGrad` keeps the gradient as the hooks left it, unless it was called before
 * the first of them was registered. Hooks are not called where no gradient arrives.
 *
 * @returns a handle to take the hook off.
 * @throws GradientError if the tensor requires no gradient. @throws ValueError if `hook` is not a function. The pass throws
 *   ShapeError, DTypeError or DeviceError if a replacement does not fit the gradient, ValueError if it is no tensor, and
 *   GradientError if the hook changed its argument in place.
 */
export function registerHook(tensor: Tensor, hook: TensorHook): TensorHookHandle {
  checkTensor("registerHook", tensor, "tensor");
  if (!tensor.requiresGrad) {
    throw new GradientError("registerHook: the tensor requires no gradient, so none will ever flow to it");
  }
  if (typeof hook !== "function") throw new ValueError(`registerHook: expected a function, got ${String(hook)}`);
  let hooks = hooksOf.get(tensor);
  if (hooks === undefined) {
    hooks = { registered: new Set(), retainedBefore: isRetained(tensor), call: callHooks };
    hooksOf.set(tensor, hooks);
  }
  const { registered } = hooks;
  const entry = { hook };
  registered.add(entry);
  const remove = (): void => void registered.delete(entry);
  return { remove, [Symbol.dispose]: remove };
}

/** What the hooks of a tensor make of its gradient. */
function callHooks(caller: string, tensor: Tensor, gradient: Tensor): Tensor {
  let current = gradient;
  for (const { hook } of [...(hooksOf.get(tensor)?.registered ?? [])]) {
    const { version } = current.storage;
    const answer: unknown = hook(current);
    if (current.storage.version !== version) {
      throw new GradientError(
        `${caller}: a hook of a tensor, ${showShape(tensor.shape)}, changed the gradient in place, which others may ` +
          `share; return a new tensor instead`,
      );
    }
    if (answer !== null && answer !== undefined) current = checkReplacement(caller, answer, current);
  }
  return current;
}

function checkReplacement(caller: string, answer: unknown, gradient: Tensor): Tensor {
  if (!(answer instanceof Tensor)) {
    const found = answer instanceof Promise ? "a promise; hooks are synchronous" : `${typeof answer} ${String(answer)}`;
    throw new ValueError(
      `${caller}: a hook of a tensor, ${showShape(gradient.shape)}, returned ${found}; expected a tensor, or nothing to leave the ` +
        `gradient as it is`,
    );
  }
  checkGradient(() => `${caller}: the gradient that a hook of a tensor returned`, answer, gradient, "the tensor");
  return answer;
}
