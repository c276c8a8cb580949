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
  const run = running.findLast((modes) => modes.has(module));
  return run === undefined ? null : held.get(run)! ? "train" : "eval";
}

/** Modules, and the modes that they will have back. */
type Modes = Map<Module, boolean>;

const running: Modes[] = [];
/** The mode of each run. */
const held = new WeakMap<Modes, boolean>();
const nesting = new Nesting<Modes>("evaluating or training the same modules", (modes, others) =>
  [...modes.keys()].some((module) => others.has(module)),
);

function inMode<R>(name: string, model: Module, mode: boolean, fn: () => R): R {
  checkModule(`${name}: model`, model);
  checkFunction(name, "fn", fn);
  const modes: Modes = new Map(model.modules().map((module) => [module, module.training]));
  running.push(modes);
  held.set(modes, mode);
  const enter = (): R => {
    model.train(mode);
    return fn();
  };
  return nesting.run(modes, enter, () => leave(modes));
}

/** A module that a later run still holds gets its mode back from that one. */
function leave(modes: Modes): void {
  const later = running.splice(running.indexOf(modes));
  running.push(...later.slice(1));
  for (const [module, before] of modes) {
    const holder = later.slice(1).find((others) => others.has(module));
    if (holder === undefined) module.training = before;
    else holder.set(module, before);
  }
}
