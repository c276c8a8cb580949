import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Batch, DataLoader, TensorDataset } from "@tapegrad/data";
import {
  BatchNorm2d,
  Conv2d,
  CrossEntropyLoss,
  Dropout,
  Flatten,
  type Layer,
  Linear,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { Generator, manualSeed, randn, tensor } from "@tapegrad/tensor";
import { Accuracy, type Callback, fit, type Metrics, type TrainOptions, type TrainResult } from "@tapegrad/train";
import { afterEach, beforeEach } from "vitest";

export const loss = new CrossEntropyLoss();

/** A network for pictures of 4 × 4. */
export function network(): Sequential {
  manualSeed(1);
  return new Sequential(
    ...[new Conv2d(1, 4, 3), new BatchNorm2d(4), new ReLU(), new Dropout(0.25), new Flatten(), new Linear(16, 2)],
  );
}

/** Pictures that are of class 1 where their first pixel is positive. */
export function pictures(count: number, batchSize: number): DataLoader<Batch> {
  const inputs = randn([count, 1, 4, 4], { generator: new Generator(count) });
  const values = inputs.dataSync();
  const targets = tensor(Int32Array.from({ length: count }, (_, i) => (values[16 * i]! > 0 ? 1 : 0)));
  return new DataLoader(new TensorDataset(inputs, targets), { batchSize });
}

/** Trains for two epochs of six steps. */
export async function train(
  callbacks: readonly Callback[],
  more: Partial<TrainOptions<Batch, Metrics>> = {},
  model: Layer = network(),
): Promise<TrainResult> {
  const optimizer = new SGD(model.parameters(), { lr: 0.1 });
  return fit(model, {
    loss,
    optimizer,
    loader: pictures(60, 10),
    validation: pictures(30, 10),
    metrics: { accuracy: new Accuracy() },
    epochs: 2,
    callbacks,
    ...more,
  });
}

/** A folder for each test, and no longer. */
export function useFolder(): () => string {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "tapegrad-views-"))));
  afterEach(() => rmSync(folder, { recursive: true }));
  return () => folder;
}
