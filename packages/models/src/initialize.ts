import { BatchNorm2d, Convolution, Linear, init } from "@tapegrad/nn";
import type { Module } from "@tapegrad/nn";
import type { KaimingOptions } from "@tapegrad/nn/init/kaiming";

/** How `initialize` fills each kind of layer. Biases of convolutions become 0, batch norms the identity. */
export interface InitializeOptions {
  /** How weights of convolutions are drawn, from a normal distribution. */
  readonly convolution: KaimingOptions;
  /** How linear layers are drawn: a standard deviation around 0 with a bias of 0, or as nn draws them. @default "as they are" */
  readonly linear?: number | "as they are";
}

/** Fills all layers inside a model, as torchvision's constructors do. */
export function initialize(model: Module, { convolution, linear = "as they are" }: InitializeOptions): void {
  for (const layer of model.modules()) {
    if (layer instanceof Convolution) {
      init.kaimingNormal(layer.weight, convolution);
      if (layer.bias !== null) init.zeros(layer.bias);
    } else if (layer instanceof BatchNorm2d) {
      layer.resetParameters();
    } else if (layer instanceof Linear && linear !== "as they are") {
      init.normal(layer.weight, { std: linear });
      if (layer.bias !== null) init.zeros(layer.bias);
    }
  }
}
