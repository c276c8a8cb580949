import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential } from "@tapegrad/nn";
import { Adam } from "@tapegrad/optim";
import { argmax, crossEntropy, manualSeed, noGrad } from "@tapegrad/tensor";

manualSeed(0);
const halve = (from, to) => [new Conv2d(from, to, 3, { stride: 2, padding: 1 }), new BatchNorm2d(to), new ReLU()];
export const model = new Sequential(
  ...halve(1, 8), // to 14 × 14
  ...halve(8, 16), // to 7 × 7
  ...halve(16, 32), // to 4 × 4
  ...halve(32, 32), // to 2 × 2
  new Flatten(),
  new Linear(32 * 2 * 2, 10),
);

const optimizer = new Adam(model.parameters(), { lr: 1e-2 });
const digits = new DataLoader(syntheticDigits({ count: 1000 }), { batchSize: 25, shuffle: true });
for (let epoch = 0; epoch < 2; epoch++) {
  for await (const { inputs, targets } of digits) {
    optimizer.zeroGrad();
    backward(crossEntropy(model.forward(inputs), targets));
    optimizer.step();
  }
}

/** The digit that the network sees in pictures `[n, 1, 28, 28]`. */
export function predict(pictures) {
  return noGrad(() => argmax(model.forward(pictures), 1));
}

const fresh = new DataLoader(syntheticDigits({ count: 200, seed: "test" }), { batchSize: 1 });
let right = 0;
for await (const { inputs, targets } of fresh) {
  if ((await predict(inputs).item()) === (await targets.item())) right++;
}
console.log(`${right} of 200 right, one at a time`);
