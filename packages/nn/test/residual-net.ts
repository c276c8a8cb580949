import {
  AdaptiveAvgPool2d,
  BatchNorm2d,
  Conv2d,
  Dropout,
  Linear,
  Module,
  ReLU,
  Sequential,
  init,
  updateBatchNorm,
} from "@tapegrad/nn";
import { add, flatten, manualSeed, randn, type Tensor } from "@tapegrad/tensor";

/** Two convolutions, the second depthwise, beside a shortcut. */
export class Block extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly relu: ReLU = new ReLU();
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv1 = new Conv2d(channels, channels, 3, { padding: 1, groups: 2, bias: false });
    this.bn1 = new BatchNorm2d(channels);
    this.conv2 = new Conv2d(channels, channels, 3, { padding: 1, groups: channels });
    this.bn2 = new BatchNorm2d(channels);
  }

  forward(input: Tensor): Tensor {
    const inner = this.relu.forward(this.bn1.forward(this.conv1.forward(input)));
    return this.relu.forward(add(this.bn2.forward(this.conv2.forward(inner)), input));
  }
}

/** A small residual net of seven batch norms and one dropout. */
export class ResidualNet extends Module {
  readonly conv1: Conv2d = new Conv2d(3, 8, 3, { padding: 1, stride: 2 });
  readonly bn1: BatchNorm2d = new BatchNorm2d(8);
  readonly layers: Sequential = new Sequential(new Block(8), new Block(8), new Block(8));
  readonly pool: AdaptiveAvgPool2d = new AdaptiveAvgPool2d(1);
  readonly dropout: Dropout;
  readonly head: Linear = new Linear(8, 5);

  constructor(p = 0) {
    super();
    this.dropout = new Dropout(p);
  }

  forward(input: Tensor): Tensor {
    const features = this.layers.forward(this.bn1.forward(this.conv1.forward(input)));
    return this.head.forward(this.dropout.forward(flatten(this.pool.forward(features), 1)));
  }
}

/** A net whose statistics are those of its data, which comes with it. */
export async function calibrated(
  seed: number,
  p = 0,
): Promise<{ readonly net: ResidualNet; readonly input: Tensor; readonly norms: readonly BatchNorm2d[] }> {
  const generator = manualSeed(seed);
  const net = new ResidualNet(p);
  const input = randn([32, 3, 12, 12], { generator });
  const norms = net.modules().filter((module) => module instanceof BatchNorm2d);
  // Scales and shifts as after training: none is 1 or 0.
  for (const { weight, bias } of norms) {
    init.normal(weight!, { generator });
    init.normal(bias!, { generator });
  }
  await updateBatchNorm(net, [input]);
  return { net, input, norms };
}
