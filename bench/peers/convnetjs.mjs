// usage: node convnetjs.mjs WORKLOAD THREADS STEPS
// lenet without BatchNorm, which ConvNetJS lacks; one picture at a time, as it works.
import { createRequire } from "node:module";
import { report } from "./timing.mjs";

const convnet = createRequire(import.meta.url)("convnetjs");
const [workload, , steps] = [process.argv[2], process.argv[3], Number(process.argv[4])];
if (!workload.startsWith("lenet")) process.exit(2);

const net = new convnet.Net();
net.makeLayers([
  { type: "input", out_sx: 28, out_sy: 28, out_depth: 1 },
  { type: "conv", sx: 3, filters: 16, stride: 1, pad: 1, activation: "relu" },
  { type: "pool", sx: 2, stride: 2 },
  { type: "conv", sx: 3, filters: 32, stride: 1, pad: 1, activation: "relu" },
  { type: "pool", sx: 2, stride: 2 },
  { type: "dropout", drop_prob: 0.25 },
  { type: "fc", num_neurons: 128, activation: "relu", drop_prob: 0.5 },
  { type: "softmax", num_classes: 10 },
]);
const trainer = new convnet.SGDTrainer(net, { learning_rate: 0.05, momentum: 0.9, batch_size: 64, l2_decay: 0 });
const pictures = /-inf(\d+)/.exec(workload)?.[1];
const batch = pictures === undefined ? 64 : Number(pictures);
const inputs = Array.from({ length: batch }, () => {
  const picture = new convnet.Vol(28, 28, 1, 0);
  for (let i = 0; i < 784; i++) picture.w[i] = Math.random() * 2 - 1;
  return picture;
});
const run = () => {
  for (const [i, picture] of inputs.entries()) {
    if (pictures === undefined) trainer.train(picture, i % 10);
    else net.forward(picture, false);
  }
};
await report({ peer: "ConvNetJS (no BatchNorm)", workload, threads: 1, batch, run, steps });
