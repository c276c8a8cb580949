// Plain JavaScript, from the tarballs: train, save, load, end. Any engine can run it.
import { rmSync } from "node:fs";
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { loadTorch, saveTorch } from "@tapegrad/formats";
import { LeNet } from "@tapegrad/models/lenet";
import { evaluating } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim/sgd";
import { deviceReport, noGrad } from "@tapegrad/tensor";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";

const model = new LeNet();
const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
const digits = syntheticDigits({ count: 600 });
const losses = [];
for await (const { inputs, targets } of new DataLoader(digits, { batchSize: 50, seed: 0 })) {
  const loss = crossEntropy(model.forward(inputs), targets);
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  losses.push(await loss.item());
}
const [first, last] = [losses.slice(0, 4), losses.slice(-4)].map((some) => some.reduce((a, b) => a + b) / 4);
if (!(last < 0.9 * first)) throw new Error(`the loss did not fall: ${losses}`);

await saveTorch("model.pth", model.stateDict());
const copy = new LeNet();
copy.loadStateDict(await loadTorch("model.pth"));
rmSync("model.pth");
const { inputs } = digits.getBatch([0, 1, 2]);
const [saved, loaded] = await Promise.all(
  [model, copy].map((each) => evaluating(each, () => noGrad(() => each.forward(inputs))).data()),
);
if (saved.join() !== loaded.join()) throw new Error("the loaded model is not the one that was saved");
const { device, threads } = deviceReport();
console.log(`plain JavaScript trains on ${device}, threads: ${threads}; loss ${first.toFixed(3)} → ${last.toFixed(3)}`);
