import type { Module } from "../module/module.ts";
import type { Parameter } from "../module/parameter.ts";

/** The parameters of a module without those of the modules inside. */
export function ownParameters(module: Module): readonly Parameter[] {
  const inside = new Set(module.children().flatMap((child) => child.parameters()));
  return module.parameters().filter((parameter) => !inside.has(parameter));
}

/** What a table says of a module of a network. */
export interface ModuleRow {
  /** Its name in the network: `""` for the network itself, else as in state dicts. */
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  /** Its mode; `frozen`: eval mode that `train()` does not end. */
  readonly mode: "train" | "eval" | "frozen";
}

/** What a table says of a module. */
export function moduleRow(name: string, module: Module): ModuleRow {
  const mode = module.frozen ? "frozen" : module.training ? "train" : "eval";
  return { name, kind: module.constructor.name, mode };
}

/** How a table names a module of a network: set in by how deep it lies. */
export function rowLabel({ name, kind }: ModuleRow): string {
  return name === "" ? kind : `${"  ".repeat(name.split(".").length)}${name} (${kind})`;
}
