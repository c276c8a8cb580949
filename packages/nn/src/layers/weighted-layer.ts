import { refillUniform, type Shape, sizeOf, zeros } from "@tapegrad/tensor";
import { checkBoolean, checkElements, type OptionRules, setRecording } from "@tapegrad/tensor/internal";
import { Module } from "../module/module.ts";
import { Parameter } from "../module/parameter.ts";

/** The rule for the option whether a layer has a bias. */
export const biasRule: OptionRules<{ readonly bias?: boolean }> = { bias: [true, checkBoolean] };

/** What linear and convolution layers share: a weight `[out, in, …kernel]`, a bias, and how they are drawn. */
export abstract class WeightedLayer extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  /**
   * @param layer names it in errors.
   * @param biases how many there are; null if none.
   */
  constructor(layer: string, shape: Shape, biases: number | null) {
    super();
    checkElements(layer, shape);
    this.weight = new Parameter(zeros(shape));
    this.bias = biases === null ? null : new Parameter(zeros([biases]));
  }

  /** Draws weight and bias anew: PyTorch's default, U(±1/√fanIn), which for the weight is `kaimingUniform` with a = √5. */
  resetParameters(): void {
    const { weight, bias } = this;
    const fanIn = sizeOf(weight.shape.slice(1));
    const recording = setRecording(false);
    try {
      drawUniformly(weight, Math.sqrt(3) * (Math.sqrt(2 / 6) / Math.sqrt(fanIn)));
      if (bias !== null) drawUniformly(bias, 1 / Math.sqrt(fanIn));
    } finally {
      setRecording(recording);
    }
  }
}

function drawUniformly(target: Parameter, bound: number): void {
  refillUniform(target, { low: -bound, high: bound });
}
