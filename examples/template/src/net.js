import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, Module, ReLU, Sequential } from "@tapegrad/nn";

/** Tells ten digits apart. Shape: `[n, 1, 28, 28] → [n, 10]`. */
export class Net extends Module {
  layers = new Sequential(
    new Conv2d(1, 8, 3, { padding: 1, bias: false }),
    new BatchNorm2d(8),
    new ReLU(),
    new MaxPool2d(2),
    new Conv2d(8, 16, 3, { padding: 1, bias: false }),
    new BatchNorm2d(16),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.2),
    new Linear(16 * 7 * 7, 10),
  );

  forward(pictures) {
    return this.layers.forward(pictures);
  }
}
