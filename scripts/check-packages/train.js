// Plain JavaScript, from the tarballs.
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { encodeTorch, loadTorch } from "@tapegrad/formats";
import { LeNet } from "@tapegrad/models/lenet";
import { Linear } from "@tapegrad/nn/linear";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy } from "@tapegrad/tensor/ops/cross-entropy";
import { deviceReport, randn, tensor, useDevice } from "@tapegrad/tensor";

const model = new LeNet();
const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
const losses = [];
for await (const { inputs, targets } of new DataLoader(syntheticDigits({ count: 600 }), { batchSize: 50, seed: 0 })) {
  const loss = crossEntropy(model.forward(inputs), targets);
  optimizer.zeroGrad();
  backward(loss);
  optimizer.step();
  losses.push(await loss.item());
}
const [first, last] = [losses.slice(0, 4), losses.slice(-4)].map((some) => some.reduce((a, b) => a + b) / 4);
if (!(last < 0.9 * first)) throw new Error(`the loss did not fall: ${losses}`);
const copy = new LeNet();
copy.loadStateDict(await loadTorch(await encodeTorch(model.stateDict())));

// gpu.js is in the package; the native packages that it may use are not.
await useDevice("gpu:webasm");
const scores = await new Linear(4, 3).forward(randn([2, 4])).data();
if (!scores.every(Number.isFinite)) throw new Error(`gpu.js computes ${scores}`);
for (const [device, wanted] of [
  ["gpu:webgpu", '"webgpu"'],
  ["gpu:headlessgl", '"gl"'],
]) {
  const message = await useDevice(device).then(
    () => "it is there",
    (error) => error.message,
  );
  if (!message.includes(wanted)) throw new Error(`${device}: expected a message about ${wanted}, got: ${message}`);
}
await useDevice("wasm");
if ((await tensor([1, 2]).data()).join() !== "1,2") throw new Error("wasm computes wrong values");
console.log(`plain JavaScript trains on ${deviceReport().device}: ${first.toFixed(3)} → ${last.toFixed(3)}`);
