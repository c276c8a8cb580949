import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { backward } from "@tapegrad/autograd";
import { Compose, DataLoader, ImageFolder, loadMnist, Normalize, syntheticDigits, ToTensor } from "@tapegrad/data";
import { checkLabelPairing, diagnose, type Examples } from "@tapegrad/inspect";
import { LeNet } from "@tapegrad/models/lenet";
import { CrossEntropyLoss, type Layer } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { fromHost, Generator, manualSeed } from "@tapegrad/tensor";
import { expect, test } from "vitest";

const data = process.env["TAPEGRAD_DATA"] ?? fileURLToPath(new URL("../../shared/data", import.meta.url));
const [mnist, cifar] = [`${data}/mnist`, `${data}/cifar10-jpg/train`];
const loss = new CrossEntropyLoss();

const optimizerOf = (model: Layer): SGD => new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });

async function firstOf(loader: AsyncIterable<Examples>): Promise<Examples> {
  for await (const batch of loader) return batch;
  throw new Error("the loader gave no batch");
}

function shuffled({ inputs, targets }: Examples): Examples {
  const labels = targets.dataSync() as Int32Array;
  const order = new Generator("apart").permutation(labels.length);
  return {
    inputs,
    targets: fromHost(
      Int32Array.from(order, (i) => labels[i]!),
      [labels.length],
    ),
  };
}

test("LeNet on digits raises nothing, before and after it has learned", async () => {
  manualSeed(0);
  const model = new LeNet();
  const optimizer = optimizerOf(model);
  const digits = syntheticDigits({ count: 32, seed: "diagnosed" });
  const batch = await firstOf(new DataLoader(digits, { batchSize: 32, shuffle: true, seed: 1 }));
  const diagnosed = async (): Promise<string> => {
    const diagnosis = await diagnose(model, { batch, loss, optimizer, steps: 5 });
    expect(diagnosis.hints.map(({ fault }) => fault)).toEqual(["uselessBias"]);
    return diagnosis.healthy ? "healthy" : String(diagnosis);
  };
  expect(await diagnosed()).toBe("healthy");
  for (let step = 0; step < 8; step++) {
    optimizer.zeroGrad();
    backward(loss.forward(model.forward(batch.inputs), batch.targets));
    optimizer.step();
  }
  expect(await diagnosed()).toBe("healthy");
});

test.skipIf(!existsSync(mnist))(`labels of digits that were shuffled apart (skipped without ${mnist})`, async () => {
  manualSeed(0);
  const { train, test: held } = await loadMnist(mnist);
  const model = new LeNet();
  const options = { loss, optimizer: optimizerOf(model), steps: 5 };
  const batch = await firstOf(new DataLoader(train, { batchSize: 400, shuffle: true, seed: 1 }));
  const heldOut = await firstOf(new DataLoader(held, { batchSize: 400, shuffle: true, seed: 1 }));
  expect((await checkLabelPairing(model, { ...options, batch, heldOut })).findings).toEqual([]);
  const { findings } = await checkLabelPairing(model, {
    ...options,
    batch: shuffled(batch),
    heldOut: shuffled(heldOut),
  });
  expect(findings.map(({ fault }) => fault)).toEqual(["labelsApart"]);
});

test.skipIf(!existsSync(cifar))(`pictures of CIFAR-10 raise nothing (skipped without ${cifar})`, async () => {
  manualSeed(0);
  const transform = new Compose([new ToTensor(), new Normalize([0.49, 0.48, 0.45], [0.25, 0.24, 0.26])]);
  const folder = await ImageFolder.open(cifar, { transform, workers: 0 });
  const batch = await firstOf(new DataLoader(folder, { batchSize: 32, shuffle: true, seed: 1 }));
  const model = new LeNet({ inChannels: 3, imageSize: 32 });
  const diagnosis = await diagnose(model, { batch, loss, optimizer: optimizerOf(model), steps: 5 });
  expect(diagnosis.findings, String(diagnosis)).toEqual([]);
});
