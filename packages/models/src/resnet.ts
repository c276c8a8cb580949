import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
  init,
} from "@tapegrad/nn";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { checkInteger, refuseUnknownOptions, showValue, readOptions } from "@tapegrad/tensor/internal";
import { flatten } from "@tapegrad/tensor/ops/flatten";
import { BasicBlock } from "./basic-block.ts";
import { Bottleneck } from "./bottleneck.ts";
import { initialize } from "./initialize.ts";
import type { BlockClass } from "./residual-block.ts";

/** Blocks or widths of the four stages. */
export type Stages = readonly [number, number, number, number];

/** How a ResNet differs from torchvision's. */
export interface ResNetOptions {
  /** @default 1000 */
  readonly numClasses?: number;
  /**
   * Whether the last batch norm of each block begins with scale 0, so that every block begins as the identity; trains
   * a little better (Goyal et al. 2017).
   *
   * @default false
   */
  readonly zeroInitResidual?: boolean;
  /** Widths of the stages before expansion; the stem has the first. @default [64, 128, 256, 512] */
  readonly planes?: Stages;
  /** Probability of dropping a feature before the classifier. @default 0, and no dropout layer */
  readonly dropout?: number;
}

/**
 * A residual network for pictures, with torchvision's structure, state-dict keys and initialisation.
 *
 * A 7×7 stem at stride 2, max pooling, four stages of blocks of which all but the first halve the extents, global average
 * pooling, one linear layer.
 *
 * Shape: `[n, 3, h, w] → [n, numClasses]`; torchvision's weights were trained at 224×224.
 *
 * @see He et al. 2015, https://arxiv.org/abs/1512.03385
 */
export class ResNet extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly relu: ReLU = new ReLU();
  readonly maxpool: MaxPool2d = new MaxPool2d(3, { stride: 2, padding: 1 });
  readonly layer1: Sequential;
  readonly layer2: Sequential;
  readonly layer3: Sequential;
  readonly layer4: Sequential;
  readonly avgpool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(1);
  readonly dropout: Dropout | null;
  readonly fc: Linear;

  constructor(block: BlockClass, layers: Stages, options: ResNetOptions = {}) {
    super();
    const { numClasses, zeroInitResidual, planes, dropout } = readOptions("ResNet", options, {
      numClasses: [1000],
      zeroInitResidual: [false],
      planes: [[64, 128, 256, 512]],
      dropout: [0],
    });
    if (typeof block !== "function" || typeof block.expansion !== "number")
      throw new ValueError(`ResNet: expected BasicBlock or Bottleneck, got ${showValue(block)}`);
    checkStages("layers", layers);
    checkStages("planes", planes);
    const [first] = planes;
    const widths = planes.map((width) => width * block.expansion) as [number, number, number, number];
    this.conv1 = new Conv2d(3, first, 7, { stride: 2, padding: 3, bias: false });
    this.bn1 = new BatchNorm2d(first);
    this.layer1 = stage(block, first, planes[0], layers[0], 1);
    this.layer2 = stage(block, widths[0], planes[1], layers[1], 2);
    this.layer3 = stage(block, widths[1], planes[2], layers[2], 2);
    this.layer4 = stage(block, widths[2], planes[3], layers[3], 2);
    this.dropout = dropout > 0 ? new Dropout(dropout) : null;
    this.fc = new Linear(widths[3], numClasses);
    initialize(this, { convolution: "fanOut" });
    if (zeroInitResidual) this.#zeroResiduals();
  }

  forward(input: Tensor): Tensor {
    let x = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    x = this.maxpool.forward(x);
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) x = layer.forward(x);
    x = flatten(this.avgpool.forward(x), 1);
    return this.fc.forward(this.dropout === null ? x : this.dropout.forward(x));
  }

  #zeroResiduals(): void {
    for (const module of this.modules()) {
      if (!(module instanceof BasicBlock || module instanceof Bottleneck)) continue;
      const { weight } = module.lastNorm;
      if (weight !== null) init.zeros(weight);
    }
  }
}

/** @throws ValueError unless there are four positive integers. */
function checkStages(name: string, stages: Stages): void {
  if (!Array.isArray(stages) || stages.length !== 4)
    throw new ValueError(`ResNet: ${name} must be a list of four integers, got ${showValue(stages)}`);
  for (const each of stages) checkInteger("ResNet", `each of ${name}`, each, 1);
}

/** Blocks of one width; the first changes extents and width. */
function stage(block: BlockClass, inPlanes: number, planes: number, count: number, stride: number): Sequential {
  const width = planes * block.expansion;
  return new Sequential(
    ...Array.from({ length: count }, (_, i) =>
      i === 0 ? new block(inPlanes, planes, { stride }) : new block(width, planes),
    ),
  );
}

/** 18 layers, 11.7 million parameters. */
export function resnet18(options?: ResNetOptions): ResNet {
  return new ResNet(BasicBlock, [2, 2, 2, 2], options);
}

/** 34 layers, 21.8 million parameters. */
export function resnet34(options?: ResNetOptions): ResNet {
  return new ResNet(BasicBlock, [3, 4, 6, 3], options);
}

/** 50 layers, 25.6 million parameters. */
export function resnet50(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 6, 3], options);
}

/** 101 layers, 44.5 million parameters. */
export function resnet101(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 4, 23, 3], options);
}

/** 152 layers, 60.2 million parameters. */
export function resnet152(options?: ResNetOptions): ResNet {
  return new ResNet(Bottleneck, [3, 8, 36, 3], options);
}

/**
 * A Bottleneck ResNet of 17 layers and 25,000 parameters, small enough to be kept with the examples: five classes, widths 8 to
 * 16, dropout 0.5 before the classifier.
 */
export function tinyResnet(options: ResNetOptions = {}): ResNet {
  refuseUnknownOptions("tinyResnet", options, ["numClasses", "zeroInitResidual", "planes", "dropout"]);
  const { numClasses = 5, planes = [8, 8, 16, 16], dropout = 0.5, ...rest } = options;
  return new ResNet(Bottleneck, [2, 1, 1, 1], { numClasses, planes, dropout, ...rest });
}
