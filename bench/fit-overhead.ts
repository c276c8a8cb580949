// usage: tsx bench/fit-overhead.ts [--steps 5000]
// What `fit` costs beside a bare loop, a step of lenet-bn, measured in turn, by the least of twelve; and its memory over many steps, with a run folder.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { SGD } from "@tapegrad/optim/sgd";
import { crossEntropy, manualSeed, setThreads, useDevice } from "@tapegrad/tensor";
import { fit } from "@tapegrad/train/fit";

const { values } = parseArgs({ options: { steps: { type: "string", default: "5000" } } });
setThreads(1);
await useDevice("wasm");
const digits = syntheticDigits({ count: 640, seed: "train" });
const loader = () => new DataLoader(digits, { batchSize: 64, shuffle: true });
const steps = 20;

function start(): { readonly model: LeNet; readonly optimizer: SGD } {
  manualSeed(0);
  const model = new LeNet();
  return { model, optimizer: new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 }) };
}

/** The loop that people write, with the loss looked at as seldom as `fit` does. */
async function bare({ model, optimizer }: ReturnType<typeof start>): Promise<void> {
  const batches = loader();
  for (let done = 0; done < steps;)
    for await (const { inputs, targets } of batches) {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(inputs), targets);
      backward(loss);
      optimizer.step();
      if (++done % 10 === 0) await loss.item();
      if (done === steps) break;
    }
}

async function byFit({ model, optimizer }: ReturnType<typeof start>, more: object = {}): Promise<void> {
  await fit(model, { loss: crossEntropy, optimizer, loader: loader(), steps, onNaN: "stop", ...more });
}

const contestants: Readonly<Record<string, (parts: ReturnType<typeof start>) => Promise<void>>> = {
  "bare loop": bare,
  fit: byFit,
  'fit, onNaN "explain"': (parts) => byFit(parts, { onNaN: "explain" }),
};
const folder = mkdtempSync(join(tmpdir(), "tapegrad-overhead-"));
try {
  const best: Record<string, number> = {};
  for (let round = 0; round < 12; round++)
    for (const [name, run] of Object.entries(contestants)) {
      const parts = start();
      // Processor time: other programs do not count.
      const begin = process.cpuUsage();
      await run(parts);
      const { user, system } = process.cpuUsage(begin);
      best[name] = Math.min(best[name] ?? Infinity, (user + system) / 1000 / steps);
    }
  const rows = Object.entries(best).map(([name, ms]) => [
    name,
    { "ms a step": Number(ms.toFixed(2)), "of the bare loop": `${((100 * ms) / best["bare loop"]!).toFixed(1)}%` },
  ]);
  console.table(Object.fromEntries(rows));

  const total = Number(values.steps);
  const { model, optimizer } = start();
  const memory: Record<string, number> = {};
  await fit(model, {
    loss: crossEntropy,
    optimizer,
    loader: loader(),
    steps: total,
    run: { folder: join(folder, "run"), everySteps: 500 },
    callbacks: [
      {
        onStep({ step }) {
          if (step % Math.ceil(total / 10) === 0)
            memory[`after ${step} steps`] = Math.round(process.memoryUsage.rss() / 2 ** 20);
        },
      },
    ],
  });
  console.table(Object.fromEntries(Object.entries(memory).map(([when, mb]) => [when, { "MB resident": mb }])));
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
