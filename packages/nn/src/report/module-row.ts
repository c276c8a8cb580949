import type { Module } from "../module/module.ts";
import type { Parameter } from "../module/parameter.ts";

/** The parameters of a module without those of the modules inside. */
export function ownParameters(module: Module): readonly Parameter[] {
  const inside = new Set(module.children().flatMap((child) => child.parameters()));
  return module.parameters().filter((parameter) => !inside.has(parameter));
}

/** How a table names a module of a network: set in by how deep it lies. */
export function rowLabel({ name, kind }: { readonly name: string; readonly kind: string }): string {
  return name === "" ? kind : `${"  ".repeat(name.split(".").length)}${name} (${kind})`;
}
