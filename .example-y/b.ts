import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { loadSafetensors, saveSafetensors } from "@tapegrad/formats";
import { BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tapegrad/nn";
import { SGD, StepLR } from "@tapegrad/optim";
import { argmax, crossEntropy, equal, manualSeed, noGrad, sum } from "@tapegrad/tensor";

const build = () =>
  new Sequential(
    new Conv2d(1, 8, 3, { padding: 1 }),
    new BatchNorm2d(8),
    new ReLU(),
    new MaxPool2d(2),
    new Flatten(),
    new Dropout(0.25),
    new Linear(8 * 14 * 14, 10),
  );

manualSeed(0);
const model = build();
const optimizer = new SGD(model.parameters(), { lr: 0.02, momentum: 0.9 });
const schedule = new StepLR(optimizer, 1, { gamma: 0.3 });
const train = new DataLoader(syntheticDigits({ count: 1500, seed: "train" }), { batchSize: 50, shuffle: true });
const test = new DataLoader(syntheticDigits({ count: 500, seed: "test" }), { batchSize: 100 });

for (let epoch = 0; epoch < 2; epoch++) {
  model.train();
  for await (const { inputs, targets } of train) {
    const loss = crossEntropy(model.forward(inputs), targets);
    optimizer.zeroGrad();
    backward(loss);
    optimizer.step();
  }
  schedule.step();
}

async function accuracy(of: Sequential): Promise<number> {
  of.eval(); // running statistics, no dropout: forget this, and numbers are wrong without an error
  let right = 0;
  for await (const { inputs, targets } of test) {
    right += await sum(equal(argmax(noGrad(() => of.forward(inputs)), 1), targets)).item();
  }
  return right / 500;
}

const learned = await accuracy(model);
await saveSafetensors("digits.safetensors", model.stateDict());
const copy = build();
copy.loadStateDict(await loadSafetensors("digits.safetensors"));
if ((await accuracy(copy)) !== learned || learned < 0.8) throw new Error("the loaded model is not the one that was saved");
console.log("test accuracy", learned);
