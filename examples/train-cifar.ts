/**
 * Trains a small ResNet on CIFAR-10's pictures, or others of 32×32 pixels, from scratch and with augmentation, and shows what
 * the same network scores if one forgets `model.eval()`. `npm run cifar -- --help` lists the options.
 */
import { backward } from "@tapegrad/autograd";
import { DataLoader, prefetch } from "@tapegrad/data";
import { CifarResNet } from "@tapegrad/models";
import { OneCycleLR, SGD } from "@tapegrad/optim";
import { add, crossEntropy, deviceReport, manualSeed, setThreads, useDevice, zeros } from "@tapegrad/tensor";
import { depths, type Options, readOptions, usage } from "./cifar/options.ts";
import { openPictures } from "./cifar/pictures.ts";
import { evalAccuracy, trainModeAccuracy } from "./program/accuracy.ts";
import { run } from "./program/command-line.ts";
import { onInterrupt } from "./program/interrupt.ts";
import { Progress } from "./program/progress.ts";
import { checkClaim, type Epoch, printEpoch, printResults, resultsOf, saveJson } from "./program/results.ts";

const batchSize = 64;
const maxLr = 0.1;

async function main(options: Options): Promise<number> {
  const { epochs, seed, json } = options;
  if (options.threads !== null) setThreads(options.threads);
  await useDevice(options.device);
  const { classes, train, test } = await openPictures(options);
  console.log(
    `${options.model}: ${train.length} pictures of ${classes.length} classes to learn from, ${test.length} to be judged by; ` +
      `device ${deviceReport().device}`,
  );

  manualSeed(seed);
  const model = new CifarResNet(depths[options.model], { numClasses: classes.length });
  const loader = new DataLoader(train, { batchSize, shuffle: true, seed, dropLast: true });
  const optimizer = new SGD(model.parameters(), { lr: maxLr, momentum: 0.9, weightDecay: 5e-4 });
  const totalSteps = epochs * loader.length;
  const schedule = new OneCycleLR(optimizer, { maxLr, totalSteps, pctStart: 0.2, cycleMomentum: false });

  const progress = new Progress(epochs, loader.length, batchSize);
  const interrupt = onInterrupt();
  const history: Epoch[] = [];
  for (let epoch = 1; epoch <= epochs && !interrupt.aborted; epoch++) {
    model.train();
    progress.startEpoch(epoch);
    let total = zeros([]);
    let steps = 0;
    for await (const { inputs, targets } of prefetch(loader)) {
      const loss = crossEntropy(model.forward(inputs), targets);
      optimizer.zeroGrad();
      backward(loss);
      optimizer.step();
      schedule.step();
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
  if (json !== null) await saveJson(json, { model: options.model, ...results });
  return interrupt.aborted ? 130 : checkClaim(results.testAccuracy, moreThanGuessing(classes.length, test.length));
}

/** What not one in 30,000 guesses at all pictures would reach: four standard deviations above a class's share. */
function moreThanGuessing(classes: number, pictures: number): number {
  const share = 1 / classes;
  return share + 4 * Math.sqrt((share * (1 - share)) / pictures);
}

await run({ command: "npm run cifar", usage, readOptions, main });
