import type { Module } from "@tapegrad/nn";
import { isRecording } from "@tapegrad/tensor";
import { fewestValues } from "../diagnosis/norm-options.ts";
import { flag } from "./event-log.ts";

/**
 * What is true of a call when it begins.
 *
 * @param holder what called the layer; null for the program itself.
 * @param counts how often each was called in the pass, this call among them.
 */
export function flagsOf(module: Module, holder: Module | null, counts: ReadonlyMap<Module, number>): number {
  const again = counts.get(module)! > (holder === null ? 1 : counts.get(holder)!);
  return (
    (module.training ? flag.training : 0) |
    (module.frozen ? flag.frozen : 0) |
    (isRecording() ? flag.gradients : 0) |
    (again ? flag.again : 0)
  );
}

/** What is true of a call when it has ended; -1 of examples and values that are not known. */
export function flagsOfEnd(moved: boolean, examples: number, values: number): number {
  if (!moved) return 0;
  return flag.moved | (examples === 1 ? flag.single : 0) | (values >= 0 && values < fewestValues ? flag.few : 0);
}
