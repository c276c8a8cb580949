import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { BatchNorm2d, Conv2d, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { crossEntropy, manualSeed } from "@tapegrad/tensor";

manualSeed(0);
export const model = new Sequential(
  new Conv2d(1, 8, 3, { padding: 1 }), // [n, 1, 28, 28] → [n, 8, 28, 28]
  new BatchNorm2d(8),
  new ReLU(),
  new MaxPool2d(2),
  new Conv2d(8, 16, 3, { padding: 1 }),
  new BatchNorm2d(16),
  new ReLU(),
  new MaxPool2d(2),
  new Flatten(),
  new Linear(16 * 14 * 14, 10),
);

const optimizer = new Adam(model.parameters(), { lr: 1e-2 });
const digits = new DataLoader(syntheticDigits({ count: 1500 }), { batchSize: 50, shuffle: true });
let step = 0;
for await (const { inputs, targets } of digits) {
  const loss = crossEntropy(model.forward(inputs), targets);
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  if (step++ % 5 === 0) console.log(`step ${step}: loss ${(await loss.item()).toFixed(3)}`);
}
model.eval();
