import { type Batch, DataLoader, TensorDataset } from "@tapegrad/data";
import { findLearningRate, overfitOneBatch } from "@tapegrad/inspect";
import { functional, Linear } from "@tapegrad/nn";
import { SGD, StepLR } from "@tapegrad/optim";
import { Generator, zeros } from "@tapegrad/tensor";
import { anyOf, describeBadArguments, record, type RightArguments } from "@tapegrad/test-support/bad-arguments";
import * as train from "@tapegrad/train";
import { CsvLog } from "@tapegrad/train/csv-log";
import { HtmlReport } from "@tapegrad/train/html-report";
import { JsonLinesLog } from "@tapegrad/train/json-lines-log";
import { LivePage } from "@tapegrad/train/live-page";
import { TensorBoardLog } from "@tapegrad/train/tensorboard-log";
import { TerminalView } from "@tapegrad/train/terminal-view";
import { describe } from "vitest";

const loader = (): DataLoader<Batch> => new DataLoader(new TensorDataset(zeros([2, 2]), zeros([2, 1])));
const monitor = { monitor: "trainLoss", mode: anyOf("min", null) };
const score: RightArguments = () => [3, { average: "macro" }];

const learner = () => {
  const model = new Linear(2, 1);
  return [model, { loss: functional.mseLoss, optimizer: new SGD(model.parameters(), { lr: 0.1 }) }] as const;
};

/** A model and how it is trained. */
const training: RightArguments = () => {
  const [model, learning] = learner();
  const options = {
    ...learning,
    loader: loader(),
    validation: anyOf(loader(), null),
    schedule: anyOf(new StepLR(learning.optimizer, 1), null),
    scheduleEvery: "epoch",
    epochs: 1,
    steps: 2,
    maxSeconds: 10,
    accumulate: 1,
    clipGradNorm: anyOf(1, null),
    onNaN: "explain",
    callbacks: [record({ onStart: anyOf(() => {}, undefined) })],
    signal: anyOf(new AbortController().signal, null),
    seed: anyOf(0, "seed", null),
    average: anyOf({ kind: "ema", decay: 0.9, buffers: "average", fromEpoch: 1, validate: true }, null),
    resume: false,
    state: record({ generator: new Generator() }),
  };
  return [model, options];
};

const calls: Readonly<Record<string, RightArguments>> = {
  fit: training,
  Trainer: training,
  evaluate: () => [
    new Linear(2, 1),
    loader(),
    { loss: anyOf(functional.mseLoss, null), metrics: { mse: new train.MeanSquaredError() }, maxBatches: 1 },
  ],
  predict: () => [new Linear(2, 1), loader()],
  EarlyStopping: () => [{ ...monitor, patience: 3, minDelta: 0 }],
  BestWeights: () => [new Linear(2, 1), monitor],
  Accuracy: () => [{ k: 1 }],
  AUROC: () => [{ average: "macro" }],
  CalibrationError: () => [{ bins: 15, from: "logits" }],
  ConfusionMatrix: () => [3],
  Precision: score,
  Recall: score,
  F1: score,
};

const views: Readonly<Record<string, RightArguments>> = {
  CsvLog: () => ["log.csv", { rows: "steps", existing: "append" }],
  HtmlReport: () => [
    "report.html",
    { title: "A run", classes: anyOf(["a", "b"], null), unit: "pictures", examples: 0, pictures: 3 },
  ],
  JsonLinesLog: () => ["log.jsonl", { steps: false, existing: "append" }],
  LivePage: () => [{ port: 0, title: "A run", unit: "pictures", announce: () => {} }],
  TensorBoardLog: () => ["runs/1", { histograms: false, images: 0, examples: 10 }],
  TerminalView: () => [{ stream: record({ write: () => {} }), unit: "images" }],
};

const trials: Readonly<Record<string, RightArguments>> = {
  findLearningRate: () => {
    const [model, learning] = learner();
    return [model, { ...learning, loader: loader(), from: 1e-3, to: 1, steps: 2, stopAt: 4 }];
  },
  overfitOneBatch: () => {
    const [model, learning] = learner();
    return [model, { ...learning, loader: loader(), steps: 2, enough: 0.1 }];
  },
};

describe("train refuses what plain JavaScript lets through", () => {
  describeBadArguments(train, calls, ["NaNLossError", "RunError", "MeanSquaredError", "MeanAbsoluteError"]);
});

describe("views refuse it too", () => {
  describeBadArguments({ CsvLog, HtmlReport, JsonLinesLog, LivePage, TensorBoardLog, TerminalView }, views, []);
});

describe("so do trials before a training", () => {
  describeBadArguments({ findLearningRate, overfitOneBatch }, trials, []);
});
