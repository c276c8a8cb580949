import { type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { oneOf, asExtents, cellsAround, integerFrom, type OptionRules, readOptions } from "@tapegrad/tensor/internal";
import { checkGroups, checkSizes, type Extents } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { biasRule, WeightedLayer } from "../weighted-layer.ts";
import { borderOfCells, type CellMode } from "./border-of-cells.ts";

/** What stands around the input of a convolution. */
export type PaddingMode = "zeros" | CellMode;

/** Options of convolutions. A number serves for all spatial axes alike; a list has one for each. */
export interface ConvolutionOptions {
  /** How far the kernel moves. @default 1 */
  readonly stride?: Extents;
  /**
   * Cells around the input; `"same"`: as many as keep its extents, the odd one at the end; `"valid"`: none.
   *
   * @default 0
   */
  readonly padding?: Extents | "same" | "valid";
  /** Distance of neighbouring cells of the kernel. @default 1 */
  readonly dilation?: Extents;
  /** Parts into which the channels are divided; each output sees only the inputs of its part. @default 1 */
  readonly groups?: number;
  /** Whether each output channel has a bias. @default true */
  readonly bias?: boolean;
  /** What stands in the padding. @default "zeros" */
  readonly paddingMode?: PaddingMode;
}

/** Rules for how the kernel moves; the extents are checked where the number of axes is known. */
export const moveRules: OptionRules<Omit<ConvolutionOptions, "bias" | "paddingMode">> = {
  stride: [1],
  padding: [0],
  dilation: [1],
  groups: [1, /* @__PURE__ */ integerFrom(1)],
};

/** What `Conv1d` and `Conv2d` share: their options, state and initialisation. */
export abstract class Convolution extends WeightedLayer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "same" | "valid";
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;

  /** @param axes number of spatial axes. @throws as the constructors of `Conv1d` and `Conv2d`. */
  constructor(
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Extents,
    options: ConvolutionOptions = {},
  ) {
    const layer = new.target.name;
    const { stride, padding, dilation, groups, bias, paddingMode } = readOptions<ConvolutionOptions>(layer, options, {
      ...moveRules,
      ...biasRule,
      paddingMode: ["zeros", oneOf("zeros", "reflect", "replicate", "circular")],
    });
    checkSizes(layer, { inChannels, outChannels });
    checkGroups(layer, { inChannels, outChannels }, groups);
    const kernel = asExtents(layer, "kernelSize", kernelSize, axes, 1);
    super(layer, [outChannels, inChannels / groups, ...kernel], bias ? outChannels : null);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.stride = asExtents(layer, "stride", stride, axes, 1);
    this.dilation = asExtents(layer, "dilation", dilation, axes, 1);
    const around = cellsAround(layer, padding, this.kernelSize, this.dilation, this.stride);
    this.padding = typeof padding === "string" ? padding : around.map(([cells]) => cells);
    this.groups = groups;
    this.paddingMode = paddingMode;
    this.resetParameters();
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, groups, paddingMode } = this;
    const options = { kernelSize, stride, padding, dilation, groups, bias: this.bias !== null, paddingMode };
    const usual = { padding: 0, dilation: 1, groups: 1, bias: true, paddingMode: "zeros" };
    return `${inChannels}, ${outChannels}, ${optionsText(options, usual)}`;
  }

  override multiplyAdds(_input: Shape, output: Shape): number {
    return (sizeOf(output) * this.weight.size) / this.outChannels;
  }

  /** The input with values of its own around it, where `paddingMode` asks for that: nothing is left to pad then. */
  protected bordered(input: Tensor): { readonly input: Tensor } & Pick<Convolution, "padding"> {
    const { padding, paddingMode } = this;
    if (paddingMode === "zeros" || padding === "valid") return { input, padding };
    const layer = this.constructor.name;
    const border = cellsAround(layer, padding, this.kernelSize, this.dilation, this.stride);
    return { input: borderOfCells(layer, input, border, paddingMode), padding: "valid" };
  }
}
