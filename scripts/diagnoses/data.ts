import { existsSync } from "node:fs";
import { join } from "node:path";
import { backward } from "@tapegrad/autograd";
import {
  Compose,
  DataLoader,
  type Dataset,
  ImageFolder,
  loadMnist,
  Normalize,
  PictureFiles,
  ToTensor,
  cifar10Statistics,
} from "@tapegrad/data";
import { loadTorch } from "@tapegrad/formats";
import type { Examples } from "@tapegrad/inspect";
import { createModel } from "@tapegrad/models";
import { CifarResNet } from "@tapegrad/models/cifar-resnet";
import { LeNet } from "@tapegrad/models/lenet";
import { CrossEntropyLoss, type Layer } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { crossEntropy, manualSeed } from "@tapegrad/tensor";
import { judgeSound } from "./judge.ts";

const examples = 128;
const checkpoints = { resnet20: "resnet20-12fca82f.th", resnet56: "resnet56-4bfd9763.th" } as const;

/** What the published checkpoints were trained with. */
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

interface Split {
  readonly train: Dataset;
  readonly test: Dataset;
}

/** Diagnoses models on MNIST and CIFAR-10, before, after and without training. Returns in how many something was found. */
export async function tryData(seed: number): Promise<number> {
  const folder = process.env["TAPEGRAD_DATA"] ?? join(import.meta.dirname, "../../../shared/data");
  if (!existsSync(folder)) {
    console.log(`no data in ${folder}, which TAPEGRAD_DATA can name: left out`);
    return 0;
  }
  manualSeed(seed);
  const verdicts: boolean[] = [];
  const digits = await loadMnist(join(folder, "mnist"));
  verdicts.push(...(await beforeAndAfter("LeNet on MNIST", new LeNet(), digits, seed)));
  const pictures = await cifar(folder, cifar10Statistics);
  verdicts.push(...(await beforeAndAfter("ResNet-8 on CIFAR-10", new CifarResNet(8), pictures, seed)));
  const asPublished = await cifar(folder, imagenet);
  for (const name of ["resnet20", "resnet56"] as const) {
    const model = createModel(name);
    model.loadStateDict(await loadTorch(join(folder, "checkpoints", checkpoints[name])));
    verdicts.push(await judged(`${name} as published, on CIFAR-10`, model, asPublished, seed, 0.001));
  }
  return verdicts.filter((sound) => !sound).length;
}

async function cifar(
  folder: string,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
): Promise<Split> {
  const open = async (split: string): Promise<PictureFiles> => {
    const { files } = await ImageFolder.open(join(folder, "cifar10-jpg", split));
    return new PictureFiles(files, { transform: new Compose([new ToTensor(), new Normalize(mean, std)]) });
  };
  return { train: await open("train"), test: await open("test") };
}

async function beforeAndAfter(what: string, model: Layer, data: Split, seed: number): Promise<readonly boolean[]> {
  const before = await judged(`${what}, untrained`, model, data, seed, 0.05);
  const optimizer = new SGD(model.parameters(), { lr: 0.05, momentum: 0.9 });
  for (let epoch = 0; epoch < 2; epoch++)
    for await (const { inputs, targets } of new DataLoader(data.train, {
      batchSize: 64,
      shuffle: true,
      seed,
      dropLast: true,
    })) {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(inputs), targets));
      optimizer.step();
    }
  return [before, await judged(`${what}, after two epochs`, model, data, seed, 0.05)];
}

async function judged(what: string, model: Layer, { train, test }: Split, seed: number, lr: number): Promise<boolean> {
  const optimizer = new SGD(model.parameters(), { lr, momentum: 0.9, weightDecay: 5e-4 });
  const [batch, heldOut] = [await firstOf(train, seed), await firstOf(test, seed)];
  return judgeSound(what, { model, options: { batch, heldOut, loss: new CrossEntropyLoss(), optimizer, steps: 20 } });
}

async function firstOf(dataset: Dataset, seed: number): Promise<Examples> {
  for await (const batch of new DataLoader(dataset, { batchSize: examples, shuffle: true, seed })) return batch;
  throw new Error("no examples");
}
