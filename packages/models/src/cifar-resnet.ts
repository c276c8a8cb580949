import { AdaptiveAvgPool2d, BatchNorm2d, type Conv2d, Linear, Module, ReLU, Sequential } from "@tapegrad/nn";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue, readOptions } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { flatten } from "@tapegrad/tensor/ops/flatten";
import { pad } from "@tapegrad/tensor/ops/pad";
import { slice } from "@tapegrad/tensor/ops/slice";
import { initialize } from "./initialize.ts";
import { conv3x3 } from "./residual-block.ts";

/** How a CIFAR ResNet is built. */
export interface CifarResNetOptions {
  /** @default 10 */
  readonly numClasses?: number;
}

/**
 * The residual network for 32×32 pictures of the paper's section 4.2, with the state-dict keys and initialisation of
 * akamaster/pytorch_resnet_cifar10.
 *
 * A 3×3 stem, three stages of `(depth − 2) / 6` blocks with 16, 32 and 64 channels, global average pooling, one linear
 * layer. Shortcuts have no parameters (option A).
 *
 * Shape: `[n, 3, h, w] → [n, numClasses]`, trained at 32×32.
 *
 * @see He et al. 2015, https://arxiv.org/abs/1512.03385
 */
export class CifarResNet extends Module {
  readonly conv1: Conv2d = conv3x3(3, 16);
  readonly bn1: BatchNorm2d = new BatchNorm2d(16);
  readonly relu: ReLU = new ReLU();
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly avgpool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(1);
  readonly linear: Linear;

  /**
   * @param depth layers with weights: 20, 32, 44, 56, 110 in the paper.
   * @throws ValueError unless `depth` is 2 more than a multiple of 6.
   */
  constructor(depth: number, options: CifarResNetOptions = {}) {
    super();
    const { numClasses } = readOptions("CifarResNet", options, { numClasses: [10] });
    const blocks = typeof depth === "number" ? (depth - 2) / 6 : NaN;
    if (!Number.isInteger(blocks) || blocks < 1)
      throw new ValueError(`CifarResNet: depth must be 6n + 2, got ${showValue(depth)}`);
    this.layer1 = stage(16, 16, blocks, 1);
    this.layer2 = stage(16, 32, blocks, 2);
    this.layer3 = stage(32, 64, blocks, 2);
    this.linear = new Linear(64, numClasses);
    initialize(this, { convolution: "fanIn", linear: "fanIn" });
  }

  forward(input: Tensor): Tensor {
    let x = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    for (const layer of [this.layer1, this.layer2, this.layer3]) x = layer.forward(x);
    return this.linear.forward(flatten(this.avgpool.forward(x), 1));
  }
}

function stage(inPlanes: number, planes: number, count: number, stride: number): Sequential {
  return new Sequential(
    ...Array.from({ length: count }, (_, i) =>
      i === 0 ? new CifarBlock(inPlanes, planes, stride) : new CifarBlock(planes, planes, 1),
    ),
  );
}

/** Two 3×3 convolutions beside a shortcut without parameters. */
class CifarBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly relu: ReLU = new ReLU();
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly #stride: number;
  readonly #newPlanes: number;

  constructor(inPlanes: number, planes: number, stride: number) {
    super();
    this.conv1 = conv3x3(inPlanes, planes, stride);
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = new BatchNorm2d(planes);
    this.#stride = stride;
    this.#newPlanes = planes - inPlanes;
  }

  forward(input: Tensor): Tensor {
    const inner = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    const outer = this.bn2.forward(this.conv2.forward(inner));
    return this.relu.forward(add(outer, this.#shortcut(input)));
  }

  /** Option A: every second row and column, and zeros for the new channels, half of them on either side. */
  #shortcut(input: Tensor): Tensor {
    const [stride, half] = [this.#stride, this.#newPlanes / 2];
    if (stride === 1 && half === 0) return input;
    const rows = slice(input, 2, 0, undefined, stride);
    const sampled = slice(rows, 3, 0, undefined, stride);
    return pad(sampled, [
      [0, 0],
      [half, half],
      [0, 0],
      [0, 0],
    ]);
  }
}
