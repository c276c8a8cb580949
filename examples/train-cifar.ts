/**
 * Trains a small ResNet on CIFAR-10's pictures, or others of 32×32 pixels, from scratch and with augmentation, and shows what
 * the same network scores if one forgets `model.eval()`. `npm run cifar -- --help` lists the options.
 */
import { DataLoader, prefetch } from "@tapegrad/data";
import { CifarResNet } from "@tapegrad/models/cifar-resnet";
import { CrossEntropyLoss } from "@tapegrad/nn/cross-entropy-loss";
import { OneCycleLR } from "@tapegrad/optim/one-cycle-lr";
import { SGD } from "@tapegrad/optim/sgd";
import { deviceReport, manualSeed, setThreads, useDevice } from "@tapegrad/tensor";
import { Accuracy } from "@tapegrad/train/accuracy";
import { fit } from "@tapegrad/train/fit";
import { depths, type Options, readOptions, usage } from "./cifar/options.ts";
import { openPictures } from "./cifar/pictures.ts";
import { run } from "./program/command-line.ts";
import { onInterrupt } from "./program/interrupt.ts";
import { checkClaim, printResults, resultsOf, saveJson } from "./program/results.ts";
import { views } from "./program/views.ts";

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
  const training = await fit(model, {
    loss: new CrossEntropyLoss(),
    optimizer,
    schedule: new OneCycleLR(optimizer, { maxLr, totalSteps, pctStart: 0.2, cycleMomentum: false }),
    scheduleEvery: "step",
    loader: prefetch(loader),
    validation: prefetch(new DataLoader(test, { batchSize: 100 })),
    metrics: { accuracy: new Accuracy() },
    epochs,
    callbacks: views({ title: options.model, unit: "pictures", classes, ...options }),
    signal: onInterrupt(),
    run: options.run && { folder: options.run, config: { epochs } },
    resume: options.resume,
  });

  const results = await resultsOf(model, test, training, seed);
  printResults(results);
  if (json !== null) await saveJson(json, { model: options.model, ...results });
  const least = moreThanGuessing(classes.length, test.length);
  return training.reason === "aborted" ? 130 : checkClaim(results.testAccuracy, least);
}

/** What not one in 30,000 guesses at all pictures would reach: four standard deviations above a class's share. */
function moreThanGuessing(classes: number, pictures: number): number {
  const share = 1 / classes;
  return share + 4 * Math.sqrt((share * (1 - share)) / pictures);
}

await run({ command: "npm run cifar", usage, readOptions, main });
