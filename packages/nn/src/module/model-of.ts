import type { Module } from "./module.ts";

const live = new Set<WeakRef<Module>>();
const lost = new FinalizationRegistry<WeakRef<Module>>((ref) => live.delete(ref));

/** Notes a new module for `modelOf`, without keeping it alive. */
export function noteModule(module: Module): void {
  const ref = new WeakRef(module);
  live.add(ref);
  lost.register(module, ref);
}

/**
 * The outermost module that holds a module: itself if none does. Modules do not know who holds them, so all that are
 * alive are searched: for messages, not for every step.
 */
export function modelOf(module: Module): Module {
  let [model, most] = [module, 0];
  for (const ref of live) {
    const inside = ref.deref()?.modules() ?? [];
    if (inside.length > most && inside.includes(module)) [model, most] = [inside[0]!, inside.length];
  }
  return model;
}
