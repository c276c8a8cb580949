// usage: tsx bench/fit-overhead.ts [--steps 5000]
// What `fit` costs beside a bare loop, a step of lenet-bn: ten steps of each in turn, a hundred times, by the median of the ratios; and
// its memory over many steps, with a run folder.
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
import { Trainer } from "@tapegrad/train/trainer";

const { values } = parseArgs({ options: { steps: { type: "string", default: "5000" } } });
setThreads(1);
await useDevice("wasm");
const digits = syntheticDigits({ count: 6400, seed: "train" });
const loader = () => new DataLoader(digits, { batchSize: 64, shuffle: true });
const stepsATurn = 10;
const turns = 100;

function start(): { readonly model: LeNet; readonly optimizer: SGD } {
  manualSeed(0);
  const model = new LeNet();
  return { model, optimizer: new SGD(model.parameters(), { lr: 0.01, momentum: 0.9 }) };
}

/** The loop that people write, with the loss looked at as seldom as `fit` does. */
async function* bare(): AsyncGenerator<void, void> {
  const { model, optimizer } = start();
  const batches = loader();
  for (let done = 0; ;)
    for await (const { inputs, targets } of batches) {
      optimizer.zeroGrad();
      const loss = crossEntropy(model.forward(inputs), targets);
      backward(loss);
      optimizer.step();
      if (++done % 10 === 0) await loss.item();
      yield;
    }
}

/** The steps that `fit` takes. */
function fitted(onNaN: "stop" | "explain"): AsyncGenerator<unknown, unknown> {
  const { model, optimizer } = start();
  return new Trainer(model, { loss: crossEntropy, optimizer, loader: loader(), epochs: 1000, onNaN }).steps();
}

/** Processor time of a turn in milliseconds: other programs do not count. */
async function turn(steps: AsyncGenerator): Promise<number> {
  const begin = process.cpuUsage();
  for (let i = 0; i < stepsATurn; i++) await steps.next();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

const contestants: Readonly<Record<string, AsyncGenerator>> = {
  "bare loop": bare(),
  fit: fitted("stop"),
  'fit, onNaN "explain"': fitted("explain"),
};
const folder = mkdtempSync(join(tmpdir(), "tapegrad-overhead-"));
try {
  const times: Readonly<Record<string, number[]>> = Object.fromEntries(
    Object.keys(contestants).map((name) => [name, []]),
  );
  for (let i = -10; i < turns; i++)
    for (const [name, steps] of Object.entries(contestants)) {
      const took = await turn(steps);
      if (i >= 0) times[name]!.push(took);
    }
  const rows = Object.entries(times).map(([name, each]) => {
    const ratios = each.map((took, i) => took / times["bare loop"]![i]!);
    return [
      name,
      {
        "ms a step": Number((median(each) / stepsATurn).toFixed(2)),
        "of the bare loop": `${(100 * median(ratios)).toFixed(1)}%`,
      },
    ];
  });
  console.table(Object.fromEntries(rows));
  for (const steps of Object.values(contestants)) await steps.return(undefined);

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
