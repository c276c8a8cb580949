import type { RowsAndColumns } from "@tapegrad/tensor";
import { asExtents, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { asPair, checkPair } from "../../checks/check-sizes.ts";

/** Where the patches of `unfold` and `fold` lie. */
export interface PatchOptions {
  /** Distance between the cells of a patch. @default 1 */
  readonly dilation?: RowsAndColumns;
  /** Rows and columns of zeros around the image. @default 0 */
  readonly padding?: RowsAndColumns;
  /** Distance between patches. @default 1 */
  readonly stride?: RowsAndColumns;
}

/** Options of `unfold` and `fold`. */
export const patchRules: OptionRules<PatchOptions> = {
  dilation: [1, /* @__PURE__ */ checkPair(1)],
  padding: [0, /* @__PURE__ */ checkPair(0)],
  stride: [1, /* @__PURE__ */ checkPair(1)],
};

/** Patches along one axis. */
export interface AxisPatches {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** How many there are. */
  readonly count: number;
}

/** Patches of an image along both axes; counts may be less than 1 where it is too small. */
export function patchesOf(
  caller: string,
  extents: readonly number[],
  kernelSize: RowsAndColumns,
  options: PatchOptions,
): readonly [rows: AxisPatches, columns: AxisPatches] {
  const kernel = asExtents(caller, "kernelSize", kernelSize, 2, 1);
  const read = readOptions(caller, options, patchRules);
  const [dilation, padding, stride] = [read.dilation, read.padding, read.stride].map((pair) =>
    asPair(typeof pair === "number" ? [pair, pair] : pair),
  );
  const along = (axis: 0 | 1): AxisPatches => {
    const reach = dilation![axis] * (kernel[axis]! - 1) + 1;
    const count = Math.floor((extents[axis]! + 2 * padding![axis] - reach) / stride![axis]) + 1;
    return { kernel: kernel[axis]!, stride: stride![axis], dilation: dilation![axis], padding: padding![axis], count };
  };
  return [along(0), along(1)];
}
