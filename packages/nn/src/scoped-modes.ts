import type { Module } from "./module.ts";

/**
 * Runs `fn` with the model in eval mode, and then gives every module inside back the mode that it had, whatever happened.
 *
 * If `fn` is asynchronous, when its promise is settled; such runs on one model must not overlap.
 *
 * ```ts
 * const logits = evaluating(model, () => noGrad(() => model.forward(images)));
 * ```
 */
export function evaluating<R>(model: Module, fn: () => R): R {
  return inMode(model, false, fn);
}

/**
 * Runs `fn` with the model in train mode, frozen parts excepted, and then gives every module inside back the mode that it
 * had, whatever happened. Running statistics that `fn` moved stay moved.
 *
 * If `fn` is asynchronous, when its promise is settled; such runs on one model must not overlap.
 */
export function training<R>(model: Module, fn: () => R): R {
  return inMode(model, true, fn);
}

function inMode<R>(model: Module, mode: boolean, fn: () => R): R {
  const before = model.modules().map((module) => [module, module.training] as const);
  const restore = (): void => {
    for (const [module, mode] of before) module.training = mode;
  };
  let result: R;
  try {
    model.train(mode);
    result = fn();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as R;
  restore();
  return result;
}
