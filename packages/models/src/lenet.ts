import { BatchNorm2d, Conv2d, Dropout, Linear, MaxPool2d, Module, ReLU } from "@tapegrad/nn";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { flatten } from "@tapegrad/tensor/ops/flatten";

/** How a LeNet is built. */
export interface LeNetOptions {
  /** Channels of the pictures. @default 1 */
  readonly inChannels?: number;
  /** Height and width of the pictures. @default 28 */
  readonly imageSize?: number;
  /** @default 10 */
  readonly numClasses?: number;
}

/**
 * A small convolutional network for digits, a descendant of LeNet with what came after it: batch norm, ReLU and dropout.
 *
 * Two rounds of 3×3 convolution, batch norm, ReLU and max pooling with 16 and 32 channels; dropout, 128 hidden units,
 * dropout, one linear layer. 207,018 parameters for 28×28 pictures.
 *
 * Shape: `[n, inChannels, imageSize, imageSize] → [n, numClasses]`.
 *
 * @see LeCun et al. 1998, http://yann.lecun.com/exdb/publis/pdf/lecun-98.pdf
 */
export class LeNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d = new BatchNorm2d(16);
  readonly conv2: Conv2d = new Conv2d(16, 32, 3, { padding: 1 });
  readonly bn2: BatchNorm2d = new BatchNorm2d(32);
  readonly relu: ReLU = new ReLU();
  readonly pool: MaxPool2d = new MaxPool2d(2);
  readonly dropout1: Dropout = new Dropout(0.25);
  readonly fc1: Linear;
  readonly dropout2: Dropout = new Dropout(0.5);
  readonly fc2: Linear;

  /** @throws ValueError if the pictures are smaller than 4×4. */
  constructor(options: LeNetOptions = {}) {
    super();
    const { inChannels, imageSize, numClasses } = readOptions("LeNet", options, {
      inChannels: [1],
      imageSize: [28],
      numClasses: [10],
    });
    const extent = Math.floor(Math.floor(imageSize / 2) / 2);
    if (!(extent >= 1)) throw new ValueError(`LeNet: pictures must be at least 4×4, got ${imageSize}×${imageSize}`);
    this.conv1 = new Conv2d(inChannels, 16, 3, { padding: 1 });
    this.fc1 = new Linear(32 * extent * extent, 128);
    this.fc2 = new Linear(128, numClasses);
  }

  forward(input: Tensor): Tensor {
    let x = this.pool.forward(this.relu.forward(this.bn1.forward(this.conv1.forward(input))));
    x = this.pool.forward(this.relu.forward(this.bn2.forward(this.conv2.forward(x))));
    x = this.relu.forward(this.fc1.forward(this.dropout1.forward(flatten(x, 1))));
    return this.fc2.forward(this.dropout2.forward(x));
  }
}
