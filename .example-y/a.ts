import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { argmax, crossEntropy, equal, mean } from "@tapegrad/tensor";

const layers = [new Conv2d(1, 16, 3, { padding: 1 }), new BatchNorm2d(16), new ReLU(), new MaxPool2d(2)];
const model = new Sequential(...layers, new Flatten(), new Dropout(0.25), new Linear(16 * 14 * 14, 10));
const optimizer = new Adam(model.parameters(), { lr: 3e-3 });
for await (const { inputs, targets } of new DataLoader(syntheticDigits({ count: 3000 }), { batchSize: 50, shuffle: true })) {
  optimizer.zeroGrad();
  backward(crossEntropy(model.forward(inputs), targets));
  optimizer.step();
}
model.eval();
const { inputs, targets } = syntheticDigits({ count: 500, seed: "test" }).getBatch([...Array(500).keys()]);
console.log("accuracy:", await mean(equal(argmax(model.forward(inputs), 1), targets)).item());
