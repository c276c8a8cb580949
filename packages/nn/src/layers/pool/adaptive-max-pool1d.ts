import type { Tensor } from "@tapegrad/tensor";
import { checkElements } from "@tapegrad/tensor/internal";
import { asSingle, checkSingle, type Extents } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";
import { binned } from "./adaptive-max-pool2d.ts";

/**
 * The largest value of each of `outputSize` bins that divide a sequence evenly; the first of equal ones takes the gradient.
 *
 * Shape: `[n, c, l] → [n, c, outputSize]`, without `n` alike; bin `i` of `out` reaches from `⌊i·l / out⌋` to `⌈(i + 1)·l /
 * out⌉`, so bins may overlap.
 *
 * @throws ShapeError if the rank is wrong or an axis empty. @throws ValueError if the size is not a positive integer.
 * @throws DTypeError of int32.
 */
export function adaptiveMaxPool1d(input: Tensor, outputSize: Extents): Tensor {
  return ofSequences("adaptiveMaxPool1d", input, outputSize, false)[0]!;
}

/** `adaptiveMaxPool1d`, and where each value was found: int32 places in the sequence (torch: `return_indices=True`). */
export function adaptiveMaxPool1dWithIndices(
  input: Tensor,
  outputSize: Extents,
): readonly [values: Tensor, indices: Tensor] {
  const [values, indices] = ofSequences("adaptiveMaxPool1dWithIndices", input, outputSize, true);
  return [values!, indices!];
}

function ofSequences(caller: string, input: Tensor, outputSize: Extents, places: boolean): readonly Tensor[] {
  checkExamples(caller, input, "sequences");
  const bins = asSingle(caller, "outputSize", outputSize, 1);
  checkElements(caller, [...input.shape.slice(0, -1), bins]);
  return binned(caller, asRows(input), [1, bins], places).map(fromRows);
}

const Layer: LayerOf<typeof adaptiveMaxPool1d, ["outputSize"]> = /* @__PURE__ */ layerOf(adaptiveMaxPool1d, {
  outputSize: /* @__PURE__ */ checkSingle(1),
});

/** The largest value of each of the bins that divide a sequence evenly: `adaptiveMaxPool1d` as a module. */
export class AdaptiveMaxPool1d extends Layer {
  /** Also says where each maximum was (torch: `return_indices=True`). */
  forwardWithIndices(input: Tensor): readonly [values: Tensor, indices: Tensor] {
    return adaptiveMaxPool1dWithIndices(input, this.outputSize);
  }
}
