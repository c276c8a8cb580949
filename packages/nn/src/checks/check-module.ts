import { ValueError } from "@tapegrad/tensor";
import { showValue } from "@tapegrad/tensor/internal";
import { foreignState, isForeign } from "../module/find-state.ts";
import { Module } from "../module/module.ts";

/** @throws ValueError naming the place unless it holds a module. */
export function checkModule(place: string, module: unknown): void {
  if (module instanceof Module) return;
  throw new ValueError(
    `${place} must be a Module, got ${isForeign(module) ? foreignState(module) : showValue(module)}`,
  );
}
