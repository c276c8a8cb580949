import { checkFunction, Nesting } from "@tapegrad/tensor/internal";
import { checkModule } from "../checks/check-module.ts";
import type { Module } from "../module/module.ts";

/**
 * Runs `fn` with the model in eval mode. Afterwards every module inside has the mode that it had before, even if `fn`
 * throws; for an asynchronous `fn`, once its promise is settled. Of two asynchronous runs whose models share modules,
 * one must end within the other.
 *
 * ```ts
 * const logits = evaluating(model, () => noGrad(() => model.forward(images)));
 * ```
 *
 * @throws OverlapError if an asynchronous run on some of the modules was called before and not awaited. A run that ends
 *   before one that began later rejects with it. Once both have ended, every module has its mode back.
 */
export function evaluating<R>(model: Module, fn: () => R): R {
  return inMode("evaluating", model, false, fn);
}

/**
 * Runs `fn` with the model in train mode, except for frozen parts. Afterwards every module inside has the mode that it
 * had before, as with `evaluating`. Running statistics that `fn` moved stay moved.
 *
 * @throws OverlapError as `evaluating`.
 */
export function training<R>(model: Module, fn: () => R): R {
  return inMode("training", model, true, fn);
}

/** Whether a module is being held in train or eval mode by `training` or `evaluating`, the innermost; null if by neither. */
export function scopedModeOf(module: Module): "train" | "eval" | null {
  const run = running.findLast(({ before }) => before.has(module));
  return run === undefined ? null : run.mode ? "train" : "eval";
}

interface Run {
  readonly mode: boolean;
  /** Modules, and the modes that they will have back. */
  readonly before: Map<Module, boolean>;
}

const running: Run[] = [];
const nesting = /* @__PURE__ */ new Nesting<Run>("evaluating or training the same modules", (run, other) =>
  [...run.before.keys()].some((module) => other.before.has(module)),
);

function inMode<R>(name: string, model: Module, mode: boolean, fn: () => R): R {
  checkModule(`${name}: model`, model);
  checkFunction(name, "fn", fn);
  const run: Run = { mode, before: new Map(model.modules().map((module) => [module, module.training])) };
  running.push(run);
  const enter = (): R => {
    model.train(mode);
    return fn();
  };
  return nesting.run(run, enter, () => leave(run));
}

/** A module that a later run still holds gets its mode back from that one. */
function leave(run: Run): void {
  const later = running.splice(running.indexOf(run)).slice(1);
  running.push(...later);
  for (const [module, mode] of run.before) {
    const holder = later.find(({ before }) => before.has(module));
    if (holder === undefined) module.training = mode;
    else holder.before.set(module, mode);
  }
}
