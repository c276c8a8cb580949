import { full, ShapeError, type Tensor } from "@tapegrad/tensor";
import { channelsLastHint, checkFloats, readOptions, showShape } from "@tapegrad/tensor/internal";
import { greater, mul, reshape, where } from "@tapegrad/tensor/ops";
import { checkSizes } from "../../checks/check-sizes.ts";
import { checkReal } from "../../checks/check-values.ts";
import { Parameter } from "../../module/parameter.ts";
import { ShownLayer } from "../../module/shown-layer.ts";

/** Options of `PReLU`. */
export interface PReLUOptions {
  /** 1, or as many as the input has channels. @default 1 */
  readonly numParameters?: number;
  /** The slope to begin with. @default 0.25 */
  readonly init?: number;
}

/**
 * `x` where it is positive, else `weight · x`, elementwise: a leaky ReLU whose slope is learned.
 *
 * @param weight `[1]`, or one slope for each channel (axis 1) of the input.
 * @throws ShapeError if the number of slopes does not suit the input.
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function prelu(input: Tensor, weight: Tensor): Tensor {
  checkFloats("prelu", { input, weight });
  const channels = input.rank < 2 ? 1 : input.shape[1]!;
  if (weight.rank !== 1 || (weight.size !== 1 && weight.size !== channels)) {
    const expected = channels === 1 ? "one slope, [1]," : `one slope, [1], or one for each channel, [${channels}],`;
    throw new ShapeError(
      `prelu: expected ${expected} for input ${showShape(input.shape)}, got weight ${showShape(weight.shape)}` +
        (weight.rank === 1 ? channelsLastHint(input.shape, weight.size) : ""),
    );
  }
  const perChannel = [channels, ...Array.from({ length: input.rank - 2 }, () => 1)];
  const slope = reshape(weight, weight.size === 1 ? [] : perChannel);
  const positive = greater(input, 0);
  // An infinite input whose slope is not used would send NaN to the weight.
  return where(positive, input, mul(slope, where(positive, 0, input)));
}

/** `x` where it is positive, else `weight · x`, elementwise. State: `weight` `[numParameters]`. */
export class PReLU extends ShownLayer {
  readonly numParameters: number;
  readonly weight: Parameter;

  constructor(options: PReLUOptions = {}) {
    super();
    const { numParameters, init } = readOptions("PReLU", options, { numParameters: [1], init: [0.25, checkReal] });
    checkSizes("PReLU", { numParameters });
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init));
  }

  forward(input: Tensor): Tensor {
    return prelu(input, this.weight);
  }
}
