import { defineOp, sameShape, sizeOf, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import {
  asExtents,
  checkElements,
  checkIndices,
  checkOperands,
  type OptionRules,
  readOptions,
} from "@tapegrad/tensor/internal";
import { gather, reshape, scatter } from "@tapegrad/tensor/ops";
import { checkFit, type Extents } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { Module } from "../../module/module.ts";
import { checkExamples } from "../examples.ts";

/** Options of `maxUnpool1d` and `maxUnpool2d`. A number serves for all spatial axes alike; a list has one for each. */
export interface MaxUnpoolOptions {
  /** Distance between the windows of the pooling. @default the kernel size */
  readonly stride?: Extents | null;
  /** Cells that the pooling had on every side of the input. @default 0 */
  readonly padding?: Extents;
  /** The extents of what was pooled, which may differ by less than a stride from the usual. @default null */
  readonly outputSize?: Extents | null;
}

const rules: OptionRules<MaxUnpoolOptions> = { stride: [null], padding: [0], outputSize: [null] };

interface Places {
  readonly indices: Tensor;
  readonly extent: number;
}

/** `[m, k]` set into zeros `[m, extent]`; where several go to one place, the last one stays, as in torch. */
const setInto = defineOp<readonly [Tensor], Places>({
  name: "maxUnpool",
  forward([values], { indices, extent }) {
    const [m] = values.shape as readonly [number, number];
    const blank = zeros([m, extent], { device: values.device });
    return values.size === 0 ? blank : scatter(blank, 1, indices, values);
  },
  vjp: (grad, { params: { indices } }) => [gather(grad, 1, indices)],
  reads: { inputs: false, outputs: false },
});

/**
 * Puts maxima back where they were and zeros elsewhere, on behalf of a function that errors shall name: along one axis of sequences, or
 * over both of images.
 *
 * @throws ShapeError, IndexError, ValueError or DTypeError as `maxUnpool2d`.
 */
export function unpool(
  axes: 1 | 2,
  input: Tensor,
  indices: Tensor,
  kernelSize: Extents,
  options: MaxUnpoolOptions,
): Tensor {
  const caller = `maxUnpool${axes}d`;
  checkExamples(caller, input, axes === 1 ? "sequences" : "images");
  checkOperands(caller, { input, indices });
  checkFit(caller, sameShape(input.shape, indices.shape), "as many indices as values", input.shape, indices.shape);
  const extents = input.shape.slice(-axes);
  const size = outputExtents(caller, extents, kernelSize, readOptions(caller, options, rules));
  const lead = input.shape.slice(0, -axes);
  checkElements(caller, [...lead, ...size]);
  checkIndices(caller, indices, sizeOf(size));
  const rows = [sizeOf(lead), sizeOf(extents)];
  const params = { indices: reshape(indices, rows), extent: sizeOf(size) };
  return reshape(setInto([reshape(input, rows)], params), [...lead, ...size]);
}

function outputExtents(
  caller: string,
  extents: readonly number[],
  kernelSize: Extents,
  { stride, padding, outputSize }: Required<MaxUnpoolOptions>,
): readonly number[] {
  const axes = extents.length;
  const kernel = asExtents(caller, "kernelSize", kernelSize, axes, 1);
  const step = asExtents(caller, "stride", stride ?? kernelSize, axes, 1);
  const border = asExtents(caller, "padding", padding, axes, 0);
  const usual = extents.map((extent, axis) => (extent - 1) * step[axis]! + kernel[axis]! - 2 * border[axis]!);
  const size = outputSize === null ? usual : asExtents(caller, "outputSize", outputSize, axes, 1);
  const fits = size.every((extent, axis) => extent >= 1 && Math.abs(extent - usual[axis]!) < step[axis]!);
  if (!fits)
    throw new ValueError(
      `${caller}: outputSize must differ by less than a stride from ${usual.join(" × ")}, got ${size.join(" × ")}`,
    );
  return size;
}

/** What `MaxUnpool1d` and `MaxUnpool2d` share. */
export abstract class MaxUnpool extends Module {
  readonly #axes: 1 | 2;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  /** @throws ValueError if a size or option is not what it should be, or unknown. */
  constructor(axes: 1 | 2, kernelSize: Extents, options: Omit<MaxUnpoolOptions, "outputSize">) {
    super();
    this.#axes = axes;
    const layer = this.constructor.name;
    const { stride, padding } = readOptions(layer, options, { stride: rules.stride, padding: rules.padding });
    this.kernelSize = asExtents(layer, "kernelSize", kernelSize, axes, 1);
    this.stride = stride === null ? this.kernelSize : asExtents(layer, "stride", stride, axes, 1);
    this.padding = asExtents(layer, "padding", padding, axes, 0);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return optionsText({ kernelSize, stride, padding });
  }

  /**
   * Puts values back where max pooling found them.
   *
   * @param outputSize length of the sequence, or height and width of the image; see `maxUnpool1d` and `maxUnpool2d`.
   */
  forward(input: Tensor, indices: Tensor, outputSize: Extents | null = null): Tensor {
    const { kernelSize, stride, padding } = this;
    return unpool(this.#axes, input, indices, kernelSize, { stride, padding, outputSize });
  }
}
