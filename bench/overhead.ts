// usage: tsx bench/overhead.ts [--json]
// What an op costs beside its arithmetic: a 4-8-2 perceptron on one example, forwards and backwards, and single small ops.
import { backward, noGrad } from "@tapegrad/autograd";
import { Linear } from "@tapegrad/nn/linear";
import { SGD } from "@tapegrad/optim/sgd";
import { add, crossEntropy, manualSeed, randn, relu, setThreads, tensor, useDevice } from "@tapegrad/tensor";

setThreads(1);
await useDevice("wasm");
manualSeed(0);
const [hidden, out] = [new Linear(4, 8), new Linear(8, 2)];
const optimizer = new SGD([...hidden.parameters(), ...out.parameters()], { lr: 0.01 });
const [x, y] = [randn([1, 4]), tensor(new Int32Array([1]))];
const [a, b] = [randn([16]), randn([16], { requiresGrad: true })];

const measured: Record<string, () => void> = {
  "add of 16 values, unrecorded": () => void noGrad(() => add(a, b)),
  "add of 16 values, recorded": () => void add(a, b),
  "4-8-2 perceptron, forward": () => void noGrad(() => out.forward(relu(hidden.forward(x)))),
  "4-8-2 perceptron, training step": () => {
    optimizer.zeroGrad();
    backward(crossEntropy(out.forward(relu(hidden.forward(x))), y));
    optimizer.step();
  },
};
const results: Record<string, number> = {};
for (const [name, run] of Object.entries(measured)) {
  const times: number[] = [];
  for (let batch = 0; batch < 60; batch++) {
    const start = performance.now();
    for (let i = 0; i < 100; i++) run();
    times.push((performance.now() - start) * 10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  results[name] = Number(times.sort((p, q) => p - q)[30]!.toPrecision(3));
}
if (process.argv.includes("--json")) console.log(JSON.stringify(results));
else
  console.table(
    Object.fromEntries(Object.entries(results).map(([name, microseconds]) => [name, { "µs a call": microseconds }])),
  );
process.exit(0);
