import { ValueError, showValue } from "@tapegrad/tensor";
import { Module } from "./module.ts";

/** @throws ValueError naming the place unless it holds a module. */
export function checkModule(place: string, module: unknown): void {
  if (!(module instanceof Module)) throw new ValueError(`${place} must be a Module, got ${showValue(module)}`);
}
