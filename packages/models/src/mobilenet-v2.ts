import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type Layer,
  Linear,
  Module,
  ReLU6,
  Sequential,
} from "@tapegrad/nn";
import type { Tensor } from "@tapegrad/tensor";
import { readOptions } from "@tapegrad/tensor/internal";
import { add } from "@tapegrad/tensor/ops/add";
import { flatten } from "@tapegrad/tensor/ops/flatten";
import { initialize } from "./initialize.ts";

/** How a MobileNetV2 is built. */
export interface MobileNetV2Options {
  /** @default 1000 */
  readonly numClasses?: number;
  /** Probability of dropping a feature before the classifier. @default 0.2 */
  readonly dropout?: number;
}

/** Expansion, channels, blocks and stride of the first block of each stage: the paper's table 2. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/**
 * A network of inverted residual blocks: depthwise convolutions between a widening and a narrowing 1×1 convolution;
 * torchvision's structure, state-dict keys and initialisation. 3.5 million parameters.
 *
 * Shape: `[n, 3, h, w] → [n, numClasses]`.
 *
 * @see Sandler et al. 2018, https://arxiv.org/abs/1801.04381
 */
export class MobileNetV2 extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(1);
  readonly classifier: Sequential;

  constructor(options: MobileNetV2Options = {}) {
    super();
    const { numClasses, dropout } = readOptions("MobileNetV2", options, { numClasses: [1000], dropout: [0.2] });
    const layers: Layer[] = [convNormReLU(3, 32, 3, { stride: 2 })];
    let planes = 32;
    for (const [expansion, width, count, stride] of stages) {
      for (let i = 0; i < count; i++) {
        layers.push(new InvertedResidual(planes, width, { expansion, stride: i === 0 ? stride : 1 }));
        planes = width;
      }
    }
    this.features = new Sequential(...layers, convNormReLU(planes, 1280, 1));
    this.classifier = new Sequential(new Dropout(dropout), new Linear(1280, numClasses));
    initialize(this, { convolution: "fanOut", linear: 0.01 });
  }

  forward(input: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(input)), 1));
  }
}

/** Widens, filters each channel by itself, narrows without a nonlinearity; adds the input where the shapes agree. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  readonly #hasShortcut: boolean;

  constructor(
    inPlanes: number,
    planes: number,
    { expansion, stride }: { readonly expansion: number; readonly stride: number },
  ) {
    super();
    const hidden = inPlanes * expansion;
    this.conv = new Sequential(
      ...(expansion === 1 ? [] : [convNormReLU(inPlanes, hidden, 1)]),
      convNormReLU(hidden, hidden, 3, { stride, groups: hidden }),
      new Conv2d(hidden, planes, 1, { bias: false }),
      new BatchNorm2d(planes),
    );
    this.#hasShortcut = stride === 1 && inPlanes === planes;
  }

  forward(input: Tensor): Tensor {
    const output = this.conv.forward(input);
    return this.#hasShortcut ? add(input, output) : output;
  }
}

function convNormReLU(
  inPlanes: number,
  planes: number,
  kernelSize: number,
  options: { readonly stride?: number; readonly groups?: number } = {},
): Sequential {
  const { stride, groups } = readOptions("convNormReLU", options, { stride: [1], groups: [1] });
  return new Sequential(
    new Conv2d(inPlanes, planes, kernelSize, { stride, groups, padding: (kernelSize - 1) / 2, bias: false }),
    new BatchNorm2d(planes),
    new ReLU6(),
  );
}
