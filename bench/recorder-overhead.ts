// usage: tsx bench/recorder-overhead.ts [--steps 5000]
// What recording statistics costs, a step of lenet-bn, measured in turn, by the least of twelve; and memory over many recorded steps.
import { parseArgs } from "node:util";
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { recordStatistics } from "@tapegrad/inspect";
import { LeNet } from "@tapegrad/models/lenet";
import { evaluating, setModeGuard } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy, manualSeed, noGrad, setThreads, useDevice } from "@tapegrad/tensor";

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

for (const [what, run] of Object.entries({ "a training step": train, "a forward pass in eval mode": evaluate })) {
  const best: Record<string, number> = {};
  for (let round = 0; round < 12; round++)
    for (const recorded of [false, true]) {
      const model = newModel();
      const recorder = recorded ? recordStatistics(model) : null;
      // Processor time: other programs do not count.
      const begin = process.cpuUsage();
      await run(steps, model);
      const { user, system } = process.cpuUsage(begin);
      recorder?.stop();
      const name = recorded ? "recorded" : "not recorded";
      best[name] = Math.min(best[name] ?? Infinity, (user + system) / 1000 / steps);
    }
  console.log(what);
  console.table(
    Object.fromEntries(
      Object.entries(best).map(([name, ms]) => [
        name,
        { ms: Number(ms.toFixed(3)), "of not recorded": `${((100 * ms) / best["not recorded"]!).toFixed(1)}%` },
      ]),
    ),
  );
}

const total = Number(values.steps);
const model = newModel();
const recorder = recordStatistics(model);
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
console.log(`${events.length} events held, ${dropped} dropped`);
process.exit(0);
