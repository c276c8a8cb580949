import type { Tensor } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { square, sub } from "@tapegrad/tensor/ops";
import { moduleOf, type ModuleOf } from "../module/module-of.ts";
import { checkRealAmong, reduceLosses, type ReductionOptions, reductionRule } from "./loss.ts";

/**
 * The squared difference: `(input − target)²`.
 *
 * @throws ShapeError if the shapes differ; torch broadcasts them with a warning. @throws DTypeError if both are int32.
 */
export function mseLoss(input: Tensor, target: Tensor, options: ReductionOptions = {}): Tensor {
  const { reduction } = readOptions("mseLoss", options, reductionRule);
  checkRealAmong("mseLoss", input, target);
  return reduceLosses(square(sub(input, target)), reduction);
}

const Loss: ModuleOf<typeof mseLoss> = /* @__PURE__ */ moduleOf(mseLoss, 2, reductionRule);

/** The squared difference, averaged: `mseLoss` as a module. */
export class MSELoss extends Loss {}
