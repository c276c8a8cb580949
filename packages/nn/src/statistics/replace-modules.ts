import { checkModule } from "../checks/check-module.ts";
import type { Module } from "../module/module.ts";

/**
 * Puts modules in the place of others, wherever those lie inside a model; `foldBatchNorm` does. Whoever reads a field afterwards
 * finds the new module, whatever the field's type says.
 *
 * @returns the model.
 */
export function replaceModules<M extends Module>(model: M, replacements: ReadonlyMap<Module, Module>): M {
  checkModule("replaceModules: model", model);
  for (const module of model.modules()) {
    for (const [name, value] of Object.entries(module)) {
      const next = replaceIn(value, replacements);
      if (next !== value) Reflect.set(module, name, next);
    }
    module.replaceEntries((entries) => replaceIn(entries, replacements));
  }
  return model;
}

/**
 * The value that shall stand where `value` stood: its replacement if it has one. Arrays, sets, maps and plain objects are kept,
 * with their entries replaced in place.
 */
function replaceIn(
  value: unknown,
  replacements: ReadonlyMap<unknown, unknown>,
  above: readonly object[] = [],
): unknown {
  if (typeof value !== "object" || value === null) return value;
  const replacement = replacements.get(value);
  if (replacement !== undefined) return replacement;
  if (above.includes(value)) return value;
  const entry = (inner: unknown): unknown => replaceIn(inner, replacements, [...above, value]);
  if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) value[i] = entry(inner);
  } else if (value instanceof Set) {
    const entries = [...value].map(entry);
    value.clear();
    for (const inner of entries) value.add(inner);
  } else if (value instanceof Map) {
    for (const [key, inner] of value) value.set(key, entry(inner));
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const [key, inner] of Object.entries(value)) Reflect.set(value, key, entry(inner));
  }
  return value;
}
