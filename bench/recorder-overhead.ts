// usage: tsx bench/recorder-overhead.ts [--steps 5000]
// What recording statistics and watching layers cost, a step of lenet-bn, measured in turn, by the least of twelve; the same in `fit`; and memory over
// many steps with both.
import { parseArgs } from "node:util";
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { recordStatistics, watchLayers } from "@tapegrad/inspect";
import { LeNet } from "@tapegrad/models/lenet";
import { CrossEntropyLoss, evaluating, setModeGuard } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy, manualSeed, noGrad, setThreads, useDevice } from "@tapegrad/tensor";
import { fit } from "@tapegrad/train";

const { values } = parseArgs({ options: { steps: { type: "string", default: "5000" } } });
setThreads(1);
await useDevice("wasm");
// Models that have learnt nothing do as well here.
setModeGuard("off");
const digits = syntheticDigits({ count: 640, seed: "train" });
const steps = 40;

/** Steps of the loop that people write. */
async function train(total: number, model: LeNet, look?: (step: number) => void): Promise<void> {
  const optimizer = new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 });
  const batches = new DataLoader(digits, { batchSize: 64, shuffle: true });
  for (let done = 0; done < total;)
    for await (const { inputs, targets } of batches) {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(inputs), targets);
      backward(loss);
      optimizer.step();
      if (++done % 10 === 0) await loss.item();
      look?.(done);
      if (done === total) break;
    }
}

async function evaluate(total: number, model: LeNet): Promise<void> {
  const batches = new DataLoader(digits, { batchSize: 64 });
  for (let done = 0; done < total;)
    for await (const { inputs } of batches) {
      const outputs = evaluating(model, () => noGrad(() => model.forward(inputs)));
      if (++done % 10 === 0) await outputs.data();
      if (done === total) break;
    }
}

function newModel(): LeNet {
  manualSeed(0);
  return new LeNet();
}

/** Looks into a model until it is stopped. */
type Looking = (model: LeNet) => { stop(): void };

const ways: Readonly<Record<string, Looking>> = {
  alone: () => ({ stop: () => undefined }),
  recorded: (model) => recordStatistics(model),
  watched: (model) => watchLayers(model),
  "recorded and watched": (model) => {
    const both = [recordStatistics(model), watchLayers(model)];
    return { stop: () => both.forEach((each) => each.stop()) };
  },
};

/** Milliseconds of processor time, in which other programs do not count, for a step. */
async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const begin = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000 / steps;
}

function show(what: string, best: Readonly<Record<string, number>>): void {
  console.log(what);
  const rows = Object.entries(best).map(([name, ms]) => {
    const share = `${((100 * ms) / best["alone"]!).toFixed(1)}%`;
    return [name, { ms: Number(ms.toFixed(3)), "of alone": share }];
  });
  console.table(Object.fromEntries(rows));
}

for (const [what, run] of Object.entries({ "a training step": train, "a forward pass in eval mode": evaluate })) {
  const best: Record<string, number> = {};
  for (let round = 0; round < 12; round++)
    for (const [name, look] of Object.entries(ways)) {
      const model = newModel();
      const looking = look(model);
      best[name] = Math.min(best[name] ?? Infinity, await timeOf(() => run(steps, model)));
      looking.stop();
    }
  show(what, best);
}

const best: Record<string, number> = {};
for (let round = 0; round < 12; round++)
  for (const [name, record] of Object.entries({ alone: false, "record: true": true })) {
    const model = newModel();
    const training = {
      loss: new CrossEntropyLoss(),
      optimizer: new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 }),
      loader: new DataLoader(digits, { batchSize: 64, shuffle: true }),
      epochs: steps / 10,
    };
    best[name] = Math.min(best[name] ?? Infinity, await timeOf(() => fit(model, { ...training, record })));
  }
show("a step of fit", best);

const total = Number(values.steps);
const model = newModel();
const recorder = recordStatistics(model);
const watch = watchLayers(model);
const memory: Record<string, { readonly "MB resident": number; readonly "MB of heap": number }> = {};
await train(total, model, (step) => {
  if (step % Math.ceil(total / 10) !== 0) return;
  const { rss, heapUsed } = process.memoryUsage();
  memory[`after ${step} steps`] = {
    "MB resident": Math.round(rss / 2 ** 20),
    "MB of heap": Math.round(heapUsed / 2 ** 20),
  };
});
console.table(memory);
const { events, dropped } = recorder.recording();
console.log(`${events.length} events held, ${dropped} dropped; ${(await watch.history()).steps.length} steps measured`);
process.exit(0);
