import {
  type RowsAndColumns,
  defineOp,
  sameShape,
  ShapeError,
  type Tensor,
  ValueError,
  ones,
  zeros,
} from "@tapegrad/tensor";
import {
  checkElements,
  checkFloat,
  checkIndices,
  checkSameDevice,
  checkTensor,
  orNull,
  type OptionRules,
  readOptions,
  showShape,
} from "@tapegrad/tensor/internal";
import { argsort } from "@tapegrad/tensor/ops/argsort";
import { cat } from "@tapegrad/tensor/ops/cat";
import { gather } from "@tapegrad/tensor/ops/gather";
import { notEqual } from "@tapegrad/tensor/ops/not-equal";
import { reshape } from "@tapegrad/tensor/ops/reshape";
import { scatterAdd } from "@tapegrad/tensor/ops/scatter-add";
import { slice } from "@tapegrad/tensor/ops/slice";
import { where } from "@tapegrad/tensor/ops/where";
import { asExtents, asPair, checkPair, checkRank } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";

/** Options of `maxUnpool2d`. */
export interface MaxUnpool2dOptions {
  /** Distance between the windows of the pooling. @default the kernel size */
  readonly stride?: RowsAndColumns | null;
  /** Rows and columns that the pooling had around the image. @default 0 */
  readonly padding?: RowsAndColumns;
  /** Height and width of the image, which may differ by less than a stride from the usual. @default null */
  readonly outputSize?: RowsAndColumns | null;
}

const rules: OptionRules<MaxUnpool2dOptions> = {
  stride: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkPair(1))],
  padding: [0, /* @__PURE__ */ checkPair(0)],
  outputSize: [null, /* @__PURE__ */ orNull(/* @__PURE__ */ checkPair(1))],
};

interface Places {
  readonly indices: Tensor;
  readonly extent: number;
}

/** `[m, k]` set into zeros `[m, extent]`; where several go to one place, the last one stays, as in torch. */
const setInto = defineOp<readonly [Tensor], Places>({
  name: "maxUnpool2d",
  forward([values], { indices, extent }) {
    const [m] = values.shape as readonly [number, number];
    const blank = zeros([m, extent], { device: values.device });
    if (values.size === 0) return blank;
    const order = argsort(indices, { dim: 1 });
    const sorted = gather(indices, 1, order);
    // Of equal indices, which stand together in order now, only the last one counts.
    const changes = notEqual(slice(sorted, 1, 0, -1), slice(sorted, 1, 1));
    const ends = cat([changes, ones([m, 1], { device: values.device })], 1);
    return scatterAdd(blank, 1, sorted, where(ends, gather(values, 1, order), 0));
  },
  vjp: (grad, { params: { indices } }) => [gather(grad, 1, indices)],
  reads: { inputs: false, outputs: false },
});

/**
 * Puts the maxima that `maxPool2dWithIndices` took back where they were, and zeros elsewhere.
 *
 * Shape: values and int32 indices `[n, c, h, w] → [n, c, (h − 1)·stride − 2·padding + k, …]`, or `outputSize`; without `n` alike.
 *
 * @throws ShapeError if the shapes differ or only a batch may be empty. @throws IndexError if an index lies outside of the image.
 * @throws ValueError if a size or option is not what it should be, or unknown. @throws DTypeError if the values are int32 or the
 *   indices not.
 */
export function maxUnpool2d(
  input: Tensor,
  indices: Tensor,
  kernelSize: RowsAndColumns,
  options: MaxUnpool2dOptions = {},
): Tensor {
  checkRank("maxUnpool2d", input, ["n, c, h, w", "c, h, w"]);
  checkFloat("maxUnpool2d", input, "input");
  checkTensor("maxUnpool2d", indices, "indices");
  checkSameDevice("maxUnpool2d", [input, indices]);
  if (!sameShape(input.shape, indices.shape) || input.shape.slice(-3).includes(0))
    throw new ShapeError(
      `maxUnpool2d: expected as many indices as values, got ${showShape(input.shape)} and ${showShape(indices.shape)}`,
    );
  const size = imageSize(input.shape.slice(-2), kernelSize, readOptions("maxUnpool2d", options, rules));
  const lead = input.shape.slice(0, -2);
  checkElements("maxUnpool2d", [...lead, ...size]);
  const extent = size[0]! * size[1]!;
  checkIndices("maxUnpool2d", indices, extent);
  const count = input.shape.at(-2)! * input.shape.at(-1)!;
  const rows = [input.size / count, count];
  return reshape(setInto([reshape(input, rows)], { indices: reshape(indices, rows), extent }), [...lead, ...size]);
}

function imageSize(
  extents: readonly number[],
  kernelSize: RowsAndColumns,
  { stride, padding, outputSize }: Required<MaxUnpool2dOptions>,
): readonly number[] {
  const kernel = asExtents("maxUnpool2d", "kernelSize", kernelSize, 2, 1);
  const step = asExtents("maxUnpool2d", "stride", stride ?? kernelSize, 2, 1);
  const border = asExtents("maxUnpool2d", "padding", padding, 2, 0);
  const usual = extents.map((extent, axis) => (extent - 1) * step[axis]! + kernel[axis]! - 2 * border[axis]!);
  const size = outputSize === null ? usual : asExtents("maxUnpool2d", "outputSize", outputSize, 2, 1);
  const fits = size.every((extent, axis) => extent >= 1 && Math.abs(extent - usual[axis]!) < step[axis]!);
  if (!fits)
    throw new ValueError(
      `maxUnpool2d: outputSize must differ by less than a stride from ${usual.join(" × ")}, got ${size.join(" × ")}`,
    );
  return size;
}

/** Puts maxima back where they were: `maxUnpool2d` as a module. */
export class MaxUnpool2d extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(kernelSize: RowsAndColumns, options: Omit<MaxUnpool2dOptions, "outputSize"> = {}) {
    super();
    const { stride, padding } = readOptions("MaxUnpool2d", options, { stride: rules.stride, padding: rules.padding });
    this.kernelSize = asExtents("MaxUnpool2d", "kernelSize", kernelSize, 2, 1);
    this.stride = stride === null ? this.kernelSize : asExtents("MaxUnpool2d", "stride", stride, 2, 1);
    this.padding = asExtents("MaxUnpool2d", "padding", padding, 2, 0);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return optionsText({ kernelSize, stride, padding });
  }

  /** @param outputSize height and width of the image; see `maxUnpool2d`. */
  forward(input: Tensor, indices: Tensor, outputSize: RowsAndColumns | null = null): Tensor {
    const [kernel, stride, padding] = [this.kernelSize, this.stride, this.padding].map((pair) => asPair(pair));
    return maxUnpool2d(input, indices, kernel!, { stride: stride!, padding: padding!, outputSize });
  }
}
