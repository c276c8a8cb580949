/**
 * Trains lenet-bn on handwritten digits, and shows what the same network scores if one forgets `model.eval()`.
 * `npm start -- --help` lists the options.
 */
import { backward } from "@tapegrad/autograd";
import { DataLoader, type DigitSets, loadMnist, syntheticDigits } from "@tapegrad/data";
import { LeNet } from "@tapegrad/models/lenet";
import { SGD } from "@tapegrad/optim/sgd";
import { add, crossEntropy, deviceReport, manualSeed, useDevice, zeros } from "@tapegrad/tensor";
import { leastAccuracy } from "./digits/least-accuracy.ts";
import { type Options, readOptions, usage } from "./digits/options.ts";
import { evalAccuracy, trainModeAccuracy } from "./program/accuracy.ts";
import { run } from "./program/command-line.ts";
import { onInterrupt } from "./program/interrupt.ts";
import { Progress } from "./program/progress.ts";
import { checkClaim, type Epoch, printEpoch, printResults, resultsOf, saveJson } from "./program/results.ts";

async function main({ data, device, epochs, batchSize, seed, json }: Options): Promise<number> {
  await useDevice(device);
  const { train, test } = data === null ? drawDigits(seed) : await loadMnist(data);
  console.log(`${train.length} digits to learn from, ${test.length} to be judged by; device ${deviceReport().device}`);

  manualSeed(seed);
  const model = new LeNet();
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  const loader = new DataLoader(train, { batchSize, shuffle: true, seed, dropLast: true });

  const progress = new Progress(epochs, loader.length, batchSize);
  const interrupt = onInterrupt();
  const history: Epoch[] = [];
  for (let epoch = 1; epoch <= epochs && !interrupt.aborted; epoch++) {
    model.train();
    progress.startEpoch(epoch);
    let total = zeros([]);
    let steps = 0;
    for await (const { inputs, targets } of loader) {
      const loss = crossEntropy(model.forward(inputs), targets);
      optimizer.zeroGrad();
      backward(loss);
      optimizer.step();
      total = add(total, loss.detach());
      if (++steps % 10 === 0 || steps === loader.length) progress.update(steps, (await total.item()) / steps);
      if (interrupt.aborted) break;
    }
    const seconds = progress.endEpoch(steps);
    const loss = (await total.item()) / steps;
    history.push({ epoch, loss, testAccuracy: await evalAccuracy(model, test), seconds });
    printEpoch(history.at(-1)!, steps, loader.length);
  }

  const trainMode = await trainModeAccuracy(model, test);
  const { msPerStep } = progress;
  const results = resultsOf({ seed, epochs: history, trainModeAccuracy: trainMode, msPerStep });
  printResults(results);
  if (json !== null) await saveJson(json, results);
  return interrupt.aborted ? 130 : checkClaim(results.testAccuracy, leastAccuracy(data !== null, epochs));
}

function drawDigits(seed: number): DigitSets {
  return {
    train: syntheticDigits({ count: 6000, seed: `train ${seed}` }),
    test: syntheticDigits({ count: 1000, seed: `test ${seed}` }),
  };
}

await run({ command: "npm start", usage, readOptions, main });
