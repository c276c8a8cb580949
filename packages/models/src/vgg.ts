import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  type Layer,
  Linear,
  MaxPool2d,
  Module,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { type Tensor, ValueError } from "@tapegrad/tensor";
import { showValue, readOptions } from "@tapegrad/tensor/internal";
import { flatten } from "@tapegrad/tensor/ops/flatten";
import { initialize } from "./initialize.ts";

/** How a VGG is built. */
export interface VGGOptions {
  /** @default 1000 */
  readonly numClasses?: number;
  /** Probability of dropping a hidden unit. @default 0.5 */
  readonly dropout?: number;
}

/** Widths of 3×3 convolutions, and where 2×2 max pooling stands between them. */
export type VGGPlan = readonly (number | "pool")[];

/**
 * A plain stack of 3×3 convolutions with batch norm, and three wide linear layers; torchvision's structure, state-dict keys
 * and initialisation.
 *
 * Shape: `[n, 3, h, w] → [n, numClasses]`, with h and w of at least 32.
 *
 * @see Simonyan & Zisserman 2014, https://arxiv.org/abs/1409.1556
 */
export class VGG extends Module {
  readonly features: Sequential;
  readonly avgpool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(7);
  readonly classifier: Sequential;

  constructor(plan: VGGPlan, options: VGGOptions = {}) {
    super();
    const { numClasses, dropout } = readOptions("VGG", options, { numClasses: [1000], dropout: [0.5] });
    if (!Array.isArray(plan) || !plan.some((step) => step !== "pool"))
      throw new ValueError(`VGG: plan must be a list of widths and "pool", got ${showValue(plan)}`);
    this.features = new Sequential(...layersOf(plan));
    const widths = plan.filter((step) => step !== "pool");
    this.classifier = new Sequential(
      new Linear(widths.at(-1)! * 7 * 7, 4096),
      new ReLU(),
      new Dropout(dropout),
      new Linear(4096, 4096),
      new ReLU(),
      new Dropout(dropout),
      new Linear(4096, numClasses),
    );
    initialize(this, { convolution: "fanOut", linear: 0.01 });
  }

  forward(input: Tensor): Tensor {
    return this.classifier.forward(flatten(this.avgpool.forward(this.features.forward(input)), 1));
  }
}

function layersOf(plan: VGGPlan): Layer[] {
  const layers: Layer[] = [];
  let planes = 3;
  for (const step of plan) {
    if (step === "pool") {
      layers.push(new MaxPool2d(2));
    } else {
      layers.push(new Conv2d(planes, step, 3, { padding: 1 }), new BatchNorm2d(step), new ReLU());
      planes = step;
    }
  }
  return layers;
}

/** Eleven layers with weights, 132.9 million parameters. */
export function vgg11bn(options?: VGGOptions): VGG {
  return new VGG([64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"], options);
}
