// Strict TypeScript, against the published types.
import { backward, registerHook } from "@tapegrad/autograd";
import { DataLoader, TensorDataset } from "@tapegrad/data";
import { encodeNpy, type FileTensor, findStateDict, readTorch } from "@tapegrad/formats";
import { resnet18 } from "@tapegrad/models";
import { BatchNorm1d, CrossEntropyLoss, Dropout, functional as F, Linear, Module, Sequential } from "@tapegrad/nn";
import { Adam, StepLR } from "@tapegrad/optim";
import { type Tensor, mean, randn, tensor } from "@tapegrad/tensor";
import { matmul } from "@tapegrad/tensor/ops/matmul";
import { expectClose } from "@tapegrad/testing";

class Net extends Module {
  readonly layers = new Sequential(new Linear(4, 8), new BatchNorm1d(8), new Dropout(0.1), new Linear(8, 3));

  forward(x: Tensor): Tensor {
    return F.relu(this.layers.forward(x));
  }
}

const net = new Net();
const optimizer = new Adam(net.parameters(), { lr: 0.01 });
const schedule = new StepLR(optimizer, 1);
const rows = new TensorDataset(randn([8, 4]), tensor(new Int32Array([0, 1, 2, 0, 1, 2, 0, 1])));
for await (const { inputs, targets } of new DataLoader(rows, { batchSize: 4 })) {
  const loss: Tensor = new CrossEntropyLoss().forward(net.forward(inputs), targets);
  const handle = registerHook(loss, () => {});
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  handle.remove();
}
schedule.step();
const bytes: Uint8Array = await encodeNpy(mean(matmul(randn([2, 3]), randn([3, 2])), 0));
const blob = new Blob([bytes.slice()]);
const read: (file: string) => Promise<Map<string, FileTensor>> = async (file) => findStateDict(await readTorch(file));
expectClose(tensor([1, 2]), tensor([1, 2]));
console.log("strict TypeScript trains", blob.size > 0, typeof read, typeof resnet18);
