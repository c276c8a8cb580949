import type { Tensor } from "@tapegrad/tensor";
import { checkBoolean, maxPool2dFor, type OptionRules, orNull, readOptions } from "@tapegrad/tensor/internal";
import type { MaxPool2dOptions } from "@tapegrad/tensor/ops";
import { asSingle, checkSingle, type Extents } from "../../checks/check-sizes.ts";
import { layerOf, type LayerOf } from "../../module/module-of.ts";
import { asRows, checkExamples, fromRows } from "../examples.ts";

/** Options of `maxPool1d`. */
export interface MaxPool1dOptions {
  /** Distance between windows. @default the kernel size */
  readonly stride?: Extents | null;
  /** Cells around the sequence, which count as −∞; at most half a window. @default 0 */
  readonly padding?: Extents;
  /** Distance between the cells of a window. @default 1 */
  readonly dilation?: Extents;
  /** Whether a last window counts that begins inside but reaches out of the padded sequence. @default false */
  readonly ceilMode?: boolean;
}

const rules: OptionRules<MaxPool1dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkSingle(1))],
  padding: [0, /* @__PURE__ */ checkSingle(0)],
  dilation: [1, /* @__PURE__ */ checkSingle(1)],
  ceilMode: [false, checkBoolean],
};

/**
 * The largest value of each window of a sequence; NaN wins. The first of equal values takes the gradient.
 *
 * Shape: `[n, c, l] → [n, c, ⌊(l + 2·padding − dilation·(k − 1) − 1) / stride⌋ + 1]`, rounded up with `ceilMode` unless a
 * window would begin behind the sequence; without `n` alike.
 *
 * @throws ShapeError if the rank is wrong or the sequence shorter than a window. @throws ValueError if a size or option
 *   is not what it should be, or unknown. @throws DTypeError of int32.
 */
export function maxPool1d(input: Tensor, kernelSize: Extents, options: MaxPool1dOptions = {}): Tensor {
  return pooled("maxPool1d", input, kernelSize, options, false)[0]!;
}

/** `maxPool1d`, and where each value was found: int32 places in the sequence (torch: `return_indices=True`). */
export function maxPool1dWithIndices(
  input: Tensor,
  kernelSize: Extents,
  options: MaxPool1dOptions = {},
): readonly [values: Tensor, indices: Tensor] {
  const [values, indices] = pooled("maxPool1dWithIndices", input, kernelSize, options, true);
  return [values!, indices!];
}

function pooled(
  caller: string,
  input: Tensor,
  kernelSize: Extents,
  options: MaxPool1dOptions,
  places: boolean,
): readonly Tensor[] {
  checkExamples(caller, input, "sequences");
  const kernel = asSingle(caller, "kernelSize", kernelSize, 1);
  const { stride, padding, dilation, ceilMode } = readOptions(caller, options, rules);
  const windows: Required<MaxPool2dOptions> = {
    stride: [1, Number(stride ?? kernel)],
    padding: [0, Number(padding)],
    dilation: [1, Number(dilation)],
    ceilMode,
  };
  return maxPool2dFor(caller, asRows(input), [1, kernel], windows, places).map(fromRows);
}

const Layer: LayerOf<typeof maxPool1d, ["kernelSize"]> = /* @__PURE__ */ layerOf(
  maxPool1d,
  { kernelSize: /* @__PURE__ */ checkSingle(1) },
  rules,
);

/** The largest value of each window of a sequence: `maxPool1d` as a module. */
export class MaxPool1d extends Layer {
  declare readonly stride: Extents;

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: Extents, options: MaxPool1dOptions = {}) {
    super(kernelSize, options);
    this.stride ??= kernelSize;
  }

  /** Also says where each maximum was (torch: `return_indices=True`). */
  forwardWithIndices(input: Tensor): readonly [values: Tensor, indices: Tensor] {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return maxPool1dWithIndices(input, kernelSize, { stride, padding, dilation, ceilMode });
  }
}
