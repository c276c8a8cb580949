// The reference workloads: what one step or one inference is, for tapegrad.
import { backward, noGrad } from "@tapegrad/autograd";
import { BatchNorm2d } from "@tapegrad/nn/batch-norm2d";
import { Conv2d } from "@tapegrad/nn/conv2d";
import { Dropout } from "@tapegrad/nn/dropout";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { Identity } from "@tapegrad/nn/identity";
import { Linear } from "@tapegrad/nn/linear";
import { Module } from "@tapegrad/nn/module";
import { Sequential } from "@tapegrad/nn/sequential";
import { SGD } from "@tapegrad/optim/sgd";
import { add, flatten, manualSeed, maxPool2d, mean, randn, relu, tensor } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";

/** Two convolutions with BatchNorm, ReLU and pooling, and two linear layers with dropout, on 28×28 digits. */
class LenetBn extends Module {
  readonly conv1 = new Conv2d(1, 16, 3, { padding: 1 });
  readonly bn1 = new BatchNorm2d(16);
  readonly conv2 = new Conv2d(16, 32, 3, { padding: 1 });
  readonly bn2 = new BatchNorm2d(32);
  readonly drop1 = new Dropout(0.25);
  readonly fc1 = new Linear(1568, 128);
  readonly drop2 = new Dropout(0.5);
  readonly fc2 = new Linear(128, 10);

  forward(x: Tensor): Tensor {
    let h = maxPool2d(relu(this.bn1.forward(this.conv1.forward(x))), 2);
    h = maxPool2d(relu(this.bn2.forward(this.conv2.forward(h))), 2);
    h = relu(this.fc1.forward(this.drop1.forward(flatten(h, 1))));
    return this.fc2.forward(this.drop2.forward(h));
  }
}

class BasicBlock extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly shortcut: Identity | Sequential;

  constructor(inputs: number, outputs: number, stride: number) {
    super();
    this.conv1 = new Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new BatchNorm2d(outputs);
    this.conv2 = new Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new BatchNorm2d(outputs);
    this.shortcut =
      stride === 1
        ? new Identity()
        : new Sequential(new Conv2d(inputs, outputs, 1, { stride, bias: false }), new BatchNorm2d(outputs));
  }

  forward(x: Tensor): Tensor {
    const h = relu(this.bn1.forward(this.conv1.forward(x)));
    return relu(add(this.bn2.forward(this.conv2.forward(h)), this.shortcut.forward(x)));
  }
}

/** Three basic residual blocks with 16, 32 and 64 channels on 32×32 pictures. */
class Resnet8 extends Module {
  readonly conv = new Conv2d(3, 16, 3, { padding: 1, bias: false });
  readonly bn = new BatchNorm2d(16);
  readonly blocks = new Sequential(new BasicBlock(16, 16, 1), new BasicBlock(16, 32, 2), new BasicBlock(32, 64, 2));
  readonly fc = new Linear(64, 10);

  forward(x: Tensor): Tensor {
    return this.fc.forward(mean(this.blocks.forward(relu(this.bn.forward(this.conv.forward(x)))), [2, 3]));
  }
}

export interface Workload {
  /** Pictures that one call of `run` works on. */
  readonly batch: number;
  /** Calls that one timing covers: more than one where a call is too short for the clock. */
  readonly repeats: number;
  readonly run: () => Promise<void>;
}

const nets = {
  lenet: { make: (): Module & Net => new LenetBn(), shape: [1, 28, 28], batch: 64 },
  resnet: { make: (): Module & Net => new Resnet8(), shape: [3, 32, 32], batch: 32 },
} as const;

interface Net {
  forward(x: Tensor): Tensor;
}

/** `lenet`, `resnet`: a training step; `lenet-inf1`, `resnet-inf256` and so on: inference of that many pictures in eval mode. */
export function workload(name: string): Workload {
  const [, net, pictures] = /^(lenet|resnet)(?:-inf(\d+))?$/.exec(name) ?? [];
  if (net !== "lenet" && net !== "resnet") throw new Error(`unknown workload ${name}`);
  manualSeed(0);
  const { make, shape, batch } = nets[net];
  const model = make();
  if (pictures !== undefined) {
    const x = randn([Number(pictures), ...shape]);
    model.eval();
    const infer = async (): Promise<void> => void (await noGrad(() => model.forward(x)).data());
    return { batch: Number(pictures), repeats: Number(pictures) === 1 ? 50 : 1, run: infer };
  }
  const x = randn([batch, ...shape]);
  const y = tensor(Int32Array.from({ length: batch }, (_, i) => i % 10));
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const step = async (): Promise<void> => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), y);
    backward(loss);
    optimizer.step();
    await loss.item();
  };
  return { batch, repeats: 1, run: step };
}
