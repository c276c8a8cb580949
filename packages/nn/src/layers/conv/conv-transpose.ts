import { type Shape, sizeOf, type Tensor } from "@tapegrad/tensor";
import { asExtents, readOptions } from "@tapegrad/tensor/internal";
import { checkGroups, checkSizes, type Extents } from "../../checks/check-sizes.ts";
import { optionsText } from "../../module/module-text.ts";
import { biasRule, WeightedLayer } from "../weighted-layer.ts";
import { asMoves, transposedFor, type TransposedOptions, transposedRules } from "./transposed.ts";

/** Options of transposed convolutions. A number serves for all spatial axes alike; a list has one for each. */
export interface ConvTransposeOptions extends TransposedOptions {
  /** Whether each output channel has a bias. @default true */
  readonly bias?: boolean;
}

/** What `ConvTranspose1d` and `ConvTranspose2d` share: their options, state and initialisation. */
export abstract class ConvTranspose extends WeightedLayer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;

  /** @param axes number of spatial axes. @throws as the constructors of `ConvTranspose1d` and `ConvTranspose2d`. */
  constructor(
    axes: number,
    inChannels: number,
    outChannels: number,
    kernelSize: Extents,
    options: ConvTransposeOptions = {},
  ) {
    const layer = new.target.name;
    checkSizes(layer, { inChannels, outChannels });
    const { bias, ...rest } = readOptions<ConvTransposeOptions>(layer, options, { ...transposedRules, ...biasRule });
    const moves = asMoves(layer, axes, rest);
    const { groups } = moves;
    checkGroups(layer, { inChannels, outChannels }, groups);
    const kernel = asExtents(layer, "kernelSize", kernelSize, axes, 1);
    super(layer, [inChannels, outChannels / groups, ...kernel], bias ? outChannels : null);
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernel;
    this.stride = moves.stride;
    this.padding = moves.padding;
    this.outputPadding = moves.outputPadding;
    this.dilation = moves.dilation;
    this.groups = groups;
    this.resetParameters();
  }

  override extraRepr(): string {
    const { inChannels, outChannels, kernelSize, stride, padding, dilation, outputPadding, groups } = this;
    const options = { kernelSize, stride, padding, dilation, outputPadding, groups, bias: this.bias !== null };
    const usual = { padding: 0, dilation: 1, outputPadding: 0, groups: 1, bias: true };
    return `${inChannels}, ${outChannels}, ${optionsText(options, usual)}`;
  }

  override multiplyAdds(input: Shape): number {
    return (sizeOf(input) * this.weight.size) / this.inChannels;
  }

  /** @throws ShapeError if rank or channels are wrong, or the padding leaves nothing of the output. */
  forward(input: Tensor): Tensor {
    return transposedFor(this.constructor.name, input, this.weight, this.bias, this);
  }
}
