import { BatchNorm2d, Convolution, init, Linear, type Module, type Parameter } from "@tapegrad/nn";
import { sizeOf } from "@tapegrad/tensor";

/** How `initialize` fills each kind of layer. Biases of convolutions become 0, batch norms the identity. */
export interface InitializeOptions {
  /** Whose variance the Kaiming-normal weights of convolutions keep: the output's in the forward pass, or the gradient's. */
  readonly convolution: "fanIn" | "fanOut";
  /**
   * How linear layers are drawn: Kaiming-normal by the fan in, or with a standard deviation and a bias of 0.
   *
   * @default as nn draws them
   */
  readonly linear?: "fanIn" | number;
}

/**
 * Fills all layers inside a model, as torchvision's constructors do.
 *
 * Kaiming-normal weights are drawn from N(0, 2 / fan).
 *
 * @see He et al. 2015, https://arxiv.org/abs/1502.01852
 */
export function initialize(model: Module, { convolution, linear }: InitializeOptions): void {
  for (const layer of model.modules()) {
    if (layer instanceof Convolution) {
      drawNormal(layer.weight, kaiming(layer.weight, convolution));
      if (layer.bias !== null) init.zeros(layer.bias);
    } else if (layer instanceof BatchNorm2d) {
      layer.resetParameters();
    } else if (layer instanceof Linear && linear !== undefined) {
      drawNormal(layer.weight, linear === "fanIn" ? kaiming(layer.weight, linear) : linear);
      if (layer.bias !== null && typeof linear === "number") init.zeros(layer.bias);
    }
  }
}

function kaiming({ shape: [outputs, inputs, ...kernel] }: Parameter, fan: "fanIn" | "fanOut"): number {
  return Math.sqrt(2 / ((fan === "fanIn" ? inputs! : outputs!) * sizeOf(kernel)));
}

/** With the deviation as a float32 has it. */
function drawNormal(weight: Parameter, std: number): void {
  init.normal(weight, { std: Math.fround(std) });
}
