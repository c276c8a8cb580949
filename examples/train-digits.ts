/**
 * Trains lenet-bn on handwritten digits, and shows what the same network scores if one forgets `model.eval()`.
 * `npm start -- --help` lists the options.
 */
import { DataLoader, type DigitSets, loadMnist, syntheticDigits } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { CrossEntropyLoss } from "@tapegrad/nn/cross-entropy-loss";
import { SGD } from "@tapegrad/optim/sgd";
import { deviceReport, manualSeed, useDevice } from "@tapegrad/tensor";
import { Accuracy } from "@tapegrad/train/accuracy";
import { fit } from "@tapegrad/train/fit";
import { leastAccuracy } from "./digits/least-accuracy.ts";
import { type Options, readOptions, usage } from "./digits/options.ts";
import { run } from "./program/command-line.ts";
import { onInterrupt } from "./program/interrupt.ts";
import { checkClaim, printResults, resultsOf, saveJson } from "./program/results.ts";
import { views } from "./program/views.ts";

async function main({ data, device, epochs, batchSize, seed, json, live, ...keeping }: Options): Promise<number> {
  await useDevice(device);
  const { train, test } = data === null ? drawDigits(seed) : await loadMnist(data);
  console.log(`${train.length} digits to learn from, ${test.length} to be judged by; device ${deviceReport().device}`);

  manualSeed(seed);
  const model = new LeNet();
  const training = await fit(model, {
    loss: new CrossEntropyLoss(),
    optimizer: new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 }),
    loader: new DataLoader(train, { batchSize, shuffle: true, seed, dropLast: true }),
    validation: new DataLoader(test, { batchSize: 100 }),
    metrics: { accuracy: new Accuracy() },
    epochs,
    callbacks: views({ title: "LeNet on digits", unit: "digits", classes: null, live, run: keeping.run }),
    signal: onInterrupt(),
    ...keeping,
  });

  const results = await resultsOf(model, test, training, seed);
  printResults(results);
  if (json !== null) await saveJson(json, results);
  return training.reason === "aborted" ? 130 : checkClaim(results.testAccuracy, leastAccuracy(data !== null, epochs));
}

function drawDigits(seed: number): DigitSets {
  return {
    train: syntheticDigits({ count: 6000, seed: `train ${seed}` }),
    test: syntheticDigits({ count: 1000, seed: `test ${seed}` }),
  };
}

await run({ command: "npm start", usage, readOptions, main });
