// The training that is killed: node --import tsx scripts/kill-runs/training.ts FOLDER THREADS. With everything that has a memory; goes
// on if the folder holds a run, and prints what it came to.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  Compose,
  DataLoader,
  ImageDataset,
  prefetch,
  RandomCrop,
  RandomHorizontalFlip,
  ToTensor,
  TransformedImages,
} from "@tapegrad/data";
import {
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { AdamW, OneCycleLR } from "@tapegrad/optim";
import { Generator, manualSeed, setThreads, useDevice } from "@tapegrad/tensor";
import { Accuracy } from "@tapegrad/train/accuracy";
import { BestWeights } from "@tapegrad/train/best-weights";
import { fit } from "@tapegrad/train/fit";
import { weightsSha256 } from "../../examples/program/weights-sha256.ts";

const [folder, threads] = process.argv.slice(2);
setThreads(Number(threads));
await useDevice("wasm");

/** Noise in which one of the channels is brighter: its number is the class. */
function pictures(count: number, seed: string): ImageDataset {
  const generator = new Generator(seed);
  const labels = Uint8Array.from({ length: count }, () => generator.integer(3));
  const images = Uint8Array.from({ length: count * 3 * 256 }, (_, i) => {
    const at = Math.floor(i / 256);
    return generator.integer(200) + (at % 3 === labels[Math.floor(at / 3)] ? 40 : 0);
  });
  return new ImageDataset({ images, labels, shape: [3, 16, 16] });
}

const augment = new Compose([new RandomCrop(16, { padding: 2 }), new RandomHorizontalFlip(), new ToTensor()]);
const train = new TransformedImages(pictures(200, "train"), augment, { seed: 2 });
manualSeed(1);
const model = new Sequential(
  ...[new Conv2d(3, 8, 3, { padding: 1 }), new BatchNorm2d(8), new ReLU(), new MaxPool2d(2)],
  ...[new Conv2d(8, 16, 3, { padding: 1 }), new BatchNorm2d(16), new ReLU(), new MaxPool2d(2)],
  ...[new Flatten(), new Dropout(0.3), new Linear(256, 3)],
);
const optimizer = new AdamW(model.parameters(), { lr: 0.01, amsgrad: true });
const result = await fit(model, {
  loss: new CrossEntropyLoss(),
  optimizer,
  schedule: new OneCycleLR(optimizer, { maxLr: 0.02, totalSteps: 52 }),
  scheduleEvery: "step",
  loader: prefetch(new DataLoader(train, { batchSize: 16, shuffle: true, seed: 3 })),
  validation: prefetch(new DataLoader(pictures(60, "test"), { batchSize: 25 })),
  metrics: { accuracy: new Accuracy() },
  average: { kind: "ema", decay: 0.9, validate: true },
  callbacks: [new BestWeights(model)],
  epochs: 4,
  seed: 4,
  run: { folder: folder!, everySeconds: 0.05 },
  resume: true,
});

console.log(
  JSON.stringify({
    weights: await weightsSha256(model),
    epochs: result.epochs.map((report) => ({ ...report, seconds: 0 })),
    metrics: readFileSync(join(folder!, "metrics.jsonl"), "utf8"),
  }),
);
