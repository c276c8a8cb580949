import { type BatchNorm, BatchNorm2d, type Conv2d, ReLU, type Sequential } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { type BlockOptions, conv3x3, projection, ResidualBlock } from "./residual-block.ts";

/**
 * Two 3×3 convolutions: the block of ResNet-18 and ResNet-34.
 *
 * `y = relu(bn2(conv2(relu(bn1(conv1(x))))) + shortcut(x))`
 *
 * Shape: `[n, inPlanes, h, w] → [n, planes, ⌈h / stride⌉, ⌈w / stride⌉]`.
 */
export class BasicBlock extends ResidualBlock {
  static readonly expansion = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly relu: ReLU = new ReLU();
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | null;

  constructor(inPlanes: number, planes: number, options: BlockOptions = {}) {
    super();
    const { stride } = readOptions("BasicBlock", options, { stride: [1] });
    this.conv1 = conv3x3(inPlanes, planes, stride);
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = conv3x3(planes, planes);
    this.bn2 = new BatchNorm2d(planes);
    this.downsample = projection(inPlanes, planes, stride);
  }

  get lastNorm(): BatchNorm {
    return this.bn2;
  }

  forward(input: Tensor): Tensor {
    const inner = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    const outer = this.bn2.forward(this.conv2.forward(inner));
    return this.relu.forward(add(outer, this.downsample === null ? input : this.downsample.forward(input)));
  }
}
