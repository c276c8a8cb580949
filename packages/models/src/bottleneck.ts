import { type BatchNorm, BatchNorm2d, type Conv2d, ReLU, type Sequential } from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { checkInteger, readOptions } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { type BlockOptions, conv1x1, conv3x3, projection, ResidualBlock } from "./residual-block.ts";

/**
 * A 3×3 convolution between two 1×1 convolutions that narrow and widen: the block of ResNet-50, 101 and 152.
 *
 * The stride is that of the 3×3 convolution, as in torchvision ("ResNet v1.5"), not of the first 1×1 as in the paper.
 *
 * Shape: `[n, inPlanes, h, w] → [n, 4·planes, ⌈h / stride⌉, ⌈w / stride⌉]`.
 */
export class Bottleneck extends ResidualBlock {
  static readonly expansion = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly relu: ReLU = new ReLU();
  readonly downsample: Sequential | null;

  constructor(inPlanes: number, planes: number, options: BlockOptions = {}) {
    super();
    const { stride } = readOptions("Bottleneck", options, { stride: [1] });
    checkInteger("Bottleneck", "planes", planes, 1);
    const outPlanes = planes * Bottleneck.expansion;
    this.conv1 = conv1x1(inPlanes, planes);
    this.bn1 = new BatchNorm2d(planes);
    this.conv2 = conv3x3(planes, planes, stride);
    this.bn2 = new BatchNorm2d(planes);
    this.conv3 = conv1x1(planes, outPlanes);
    this.bn3 = new BatchNorm2d(outPlanes);
    this.downsample = projection(inPlanes, outPlanes, stride);
  }

  get lastNorm(): BatchNorm {
    return this.bn3;
  }

  forward(input: Tensor): Tensor {
    const narrow = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    const filtered = this.relu.forward(this.bn2.forward(this.conv2.forward(narrow)));
    const wide = this.bn3.forward(this.conv3.forward(filtered));
    return this.relu.forward(add(wide, this.downsample === null ? input : this.downsample.forward(input)));
  }
}
