// The reference workloads: what one step or one inference is, for tapegrad.
import { backward, noGrad } from "@tapegrad/autograd";
import { BatchNorm2d } from "@tapegrad/nn/batch-norm2d";
import { Conv2d } from "@tapegrad/nn/conv2d";
import { Dropout } from "@tapegrad/nn/dropout";
import { Identity } from "@tapegrad/nn/identity";
import { Linear } from "@tapegrad/nn/linear";
import { withoutModeGuard } from "@tapegrad/nn/mode-guard";
import { Module } from "@tapegrad/nn/module";
import { Sequential } from "@tapegrad/nn/sequential";
import { SGD } from "@tapegrad/optim/sgd";
import { add, flatten, manualSeed, maxPool2d, mean, randn, relu, tensor, type Tensor } from "@tapegrad/tensor";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";

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

/** A convolution, BatchNorm and ReLU that keep the number of channels: what the cost of training grows with. */
class Block extends Module {
  readonly conv: Conv2d;
  readonly bn: BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv = new Conv2d(channels, channels, 3, { padding: 1, bias: false });
    this.bn = new BatchNorm2d(channels);
  }

  forward(x: Tensor): Tensor {
    return mean(relu(this.bn.forward(this.conv.forward(x))));
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
  // Imported here, so that the small networks start without it.
  resnet152: {
    make: async (): Promise<Module & Net> => (await import("@tapegrad/models")).resnet152(),
    shape: [3, 224, 224],
    batch: 1,
  },
} as const;

/** Whether one call takes so long that fewer have to do. */
export function isLarge(name: string): boolean {
  return name.startsWith("resnet152");
}

interface Net {
  forward(x: Tensor): Tensor;
}

/**
 * `lenet`, `resnet`, `resnet152`: a training step; `lenet-inf1`, `resnet-inf256`, `resnet152-inf1` and so on: inference of that
 * many pictures in eval mode. `block-8x16x32`: a forward and a backward pass of a convolution with BatchNorm and ReLU, on 8
 * pictures of 16 channels and 32 × 32 pixels.
 */
export async function workload(name: string): Promise<Workload> {
  const block = /^block-(\d+)x(\d+)x(\d+)$/.exec(name);
  if (block !== null) return blockStep(...(block.slice(1).map(Number) as [number, number, number]));
  const { model, shape, batch, pictures } = await network(name);
  if (pictures !== null) {
    const x = randn([pictures, ...shape]);
    model.eval();
    const infer = async (): Promise<void> => void (await withoutModeGuard(() => noGrad(() => model.forward(x))).data());
    return { batch: pictures, repeats: pictures === 1 && !isLarge(name) ? 50 : 1, run: infer };
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

/** The network of a workload, the shape of a picture, the batch that it trains on, and how many pictures it infers or null. */
export async function network(workload: string) {
  const [, net, pictures] = /^(lenet|resnet|resnet152)(?:-inf(\d+))?$/.exec(workload) ?? [];
  if (net !== "lenet" && net !== "resnet" && net !== "resnet152") throw new Error(`unknown workload ${workload}`);
  manualSeed(0);
  const { make, shape, batch } = nets[net];
  return { model: await make(), shape, batch, pictures: pictures === undefined ? null : Number(pictures) };
}

function blockStep(pictures: number, channels: number, side: number): Workload {
  manualSeed(0);
  const model = new Block(channels);
  const x = randn([pictures, channels, side, side], { requiresGrad: true });
  const run = async (): Promise<void> => {
    model.zeroGrad();
    x.dropGrad();
    const loss = model.forward(x);
    backward(loss);
    await loss.item();
  };
  return { batch: pictures, repeats: 1, run };
}
