import type { Tensor } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { abs, sub } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkRealAmong, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/**
 * The absolute difference: `|input − target|`; its gradient is 0 where they are equal.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws DTypeError if both are int32.
 */
export function l1Loss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  const { reduction } = readOptions("l1Loss", options, reductionRule);
  checkRealAmong("l1Loss", input, target);
  return reduceLosses(abs(sub(input, target)), reduction);
}

const Loss: ModuleOf<typeof l1Loss> = /* @__PURE__ */ moduleOf(l1Loss, 2, reductionRule);

/** The absolute difference, averaged: `l1Loss` as a module. */
export class L1Loss extends Loss {}
