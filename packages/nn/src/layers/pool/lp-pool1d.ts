import type { Tensor } from "@tapegrad/tensor";
import { checkBoolean, type OptionRules, orNull, readOptions } from "@tapegrad/tensor/internal";
import { asSingle, checkSingle, type Extents } from "../../checks/check-sizes.ts";
import { checkPower } from "../../checks/check-values.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";
import { powerMeans } from "./lp-pool2d.ts";

/** Options of `lpPool1d`. */
export interface LPPool1dOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: Extents | null;
  /** Whether a last window counts that begins inside but reaches out of the sequence. @default false */
  readonly ceilMode?: boolean;
}

const rules: OptionRules<LPPool1dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkSingle(1))],
  ceilMode: [false, checkBoolean],
};

/**
 * The p-norm of each window of a sequence without magnitudes: `(Σ xᵖ)^(1/p)`. See `lpPool2d`.
 *
 * Shape: `[n, c, l] → [n, c, ⌊(l − k) / stride⌋ + 1]`; without `n` alike.
 *
 * @param normType p, a number other than 0.
 * @throws ShapeError if the sequence is shorter than a window. @throws ValueError if a size or option is not what it
 *   should be, or unknown. @throws DTypeError of int32.
 */
export function lpPool1d(input: Tensor, normType: number, kernelSize: Extents, options: LPPool1dOptions = {}): Tensor {
  checkExamples("lpPool1d", input, "sequences");
  checkPower("lpPool1d", "normType", normType);
  const kernel = asSingle("lpPool1d", "kernelSize", kernelSize, 1);
  const { stride, ceilMode } = readOptions("lpPool1d", options, rules);
  const windows = { stride: [1, Number(stride ?? kernel)] as const, ceilMode };
  return fromRows(powerMeans("lpPool1d", asRows(input), normType, [1, kernel], windows));
}

const Layer: LayerOf<typeof lpPool1d, ["normType", "kernelSize"]> = /* @__PURE__ */ layerOf(
  lpPool1d,
  { normType: checkPower, kernelSize: /* @__PURE__ */ checkSingle(1) },
  rules,
);

/** The p-norm of each window of a sequence: `lpPool1d` as a module. */
export class LPPool1d extends Layer {}
