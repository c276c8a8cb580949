/**
 * Draws the figures of docs/guide/train-and-eval.md and when-training-goes-wrong.md with tapegrad itself:
 * `npx tsx scripts/draw-guide-figures.ts`. They show the small ResNet of `npm run pit` with its twenty pictures, single batch norms, and
 * small networks that learn drawn digits, or do not.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backward } from "@tapegrad/autograd";
import { DataLoader, syntheticDigits } from "@tapegrad/data";
import { recordStatistics, watchLayers } from "@tapegrad/inspect";
import {
  BatchNorm1d,
  BatchNorm2d,
  compareModes,
  comparisonSvg,
  evaluating,
  Flatten,
  type Layer,
  Linear,
  ReLU,
  Sequential,
  setModeGuard,
  withoutModeGuard,
} from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import {
  add,
  argmax,
  crossEntropy,
  Generator,
  indexSelect,
  manualSeed,
  noGrad,
  randn,
  slice,
  softmax,
  tensor,
  type Tensor,
  useDevice,
} from "@tapegrad/tensor";
import { loadModel } from "../examples/pit/load-model.ts";
import { readOptions } from "../examples/pit/options.ts";
import { readPictures } from "../examples/pit/read-pictures.ts";
import { lineChart } from "./line-chart.ts";

const folder = join(import.meta.dirname, "../docs/guide/figures");

async function main(): Promise<void> {
  await useDevice("wasm");
  mkdirSync(folder, { recursive: true });
  const options = readOptions([])!;
  const { model, numClasses } = await loadModel(options.model, options.checkpoint);
  const { dataset } = await readPictures(options, numClasses);
  const { inputs, targets } = await dataset.getBatch(Array.from({ length: dataset.length }, (_, i) => i));

  save(
    "pit.svg",
    comparisonSvg(await compareModes(model, inputs, { batchSize: 1 }), { title: "Twenty pictures, one at a time" }),
  );
  save("batch-size.svg", await batchSizes(model, inputs, targets));
  save("poisoned.svg", await poisoned(model, inputs));
  save("momentum.svg", momenta());
  save("overfit.svg", await overfit());
  save("dead-units.svg", await deadUnits());
  save("timeline.svg", await timeline());
}

function save(name: string, svg: string): void {
  writeFileSync(join(folder, name), svg);
}

/** How many of the pictures train mode gets right, depending on how many it sees at once. */
async function batchSizes(model: Layer, inputs: Tensor, targets: Tensor): Promise<string> {
  const sizes = [1, 2, 4, 5, 10, 20];
  const labels = await targets.data();
  const right = async (size: number): Promise<number> => {
    let count = 0;
    for (let start = 0; start < 20; start += size) {
      const logits = withoutModeGuard(() => noGrad(() => model.forward(slice(inputs, 0, start, start + size))));
      const classes = await argmax(logits, 1).data();
      count += classes.filter((each, i) => each === labels[start + i]).length;
    }
    return count;
  };
  const inEval: [number, number][] = [];
  const inTrain: [number, number][] = [];
  for (const size of sizes) {
    inEval.push([size, await evaluating(model, () => right(size))]);
    const before = model.stateDict({ copy: true });
    inTrain.push([size, await right(size)]);
    model.loadStateDict(before);
  }
  return lineChart({
    title: "The pit hides in batches",
    x: "pictures at once",
    y: "right of 20",
    logX: true,
    lines: [
      { name: "eval mode", colour: "#15803d", points: inEval },
      { name: "train mode", colour: "#c2410c", points: inTrain },
    ],
  });
}

/** All pictures at once, with the statistics of one batch norm spoilt. */
async function poisoned(model: Layer, inputs: Tensor): Promise<string> {
  const norm = new Map(model.namedModules()).get("layer2.0.bn2");
  if (!(norm instanceof BatchNorm2d) || norm.runningMean === null)
    throw new TypeError("layer2.0.bn2 has no running mean");
  const before = model.stateDict({ copy: true });
  norm.runningMean.assign(add(norm.runningMean, 8).detach());
  const comparison = await compareModes(model, inputs);
  model.loadStateDict(before);
  return comparisonSvg(comparison, { title: "The running mean of layer2.0.bn2 is off by 8" });
}

/** The running mean over forty batches whose mean is 1 up to the twentieth, 3 from there on. */
function momenta(): string {
  const generator = new Generator(7);
  const batches = Array.from({ length: 40 }, (_, t) => add(randn([16, 1], { generator }), t < 20 ? 1 : 3));
  const course = (momentum: number | null): [number, number][] => {
    const norm = new BatchNorm1d(1, { momentum });
    return [
      [0, 0],
      ...batches.map((batch, t): [number, number] => {
        noGrad(() => withoutModeGuard(() => norm.forward(batch)));
        return [t + 1, norm.runningMean!.itemSync()];
      }),
    ];
  };
  return lineChart({
    title: "The running mean of batches around 1, then around 3",
    x: "batches",
    y: "running mean",
    lines: [
      { name: "momentum 1: the last batch", colour: "#cbd5e1", points: course(1) },
      { name: "momentum 0.1", colour: "#c2410c", points: course(0.1) },
      { name: "null: the average", colour: "#1d4ed8", points: course(null) },
    ],
  });
}

/** Batches of drawn digits. */
async function digits(count: number, batchSize: number): Promise<{ inputs: Tensor; targets: Tensor }[]> {
  const loader = new DataLoader(syntheticDigits({ count, seed: "figures" }), { batchSize, shuffle: true, seed: 1 });
  const batches: { inputs: Tensor; targets: Tensor }[] = [];
  for await (const batch of loader) batches.push(batch);
  return batches;
}

const network = (): Sequential =>
  new Sequential({
    flat: new Flatten(),
    first: new Linear(784, 48, { bias: false }),
    norm: new BatchNorm1d(48),
    relu: new ReLU(),
    head: new Linear(48, 10),
  });

/** One batch learned for forty steps, as it should be and with mistakes. */
async function overfit(): Promise<string> {
  const [{ inputs, targets }] = (await digits(32, 32)) as [{ inputs: Tensor; targets: Tensor }];
  const generator = new Generator("apart");
  const apart = (): Tensor => indexSelect(targets, 0, tensor(Int32Array.from(generator.permutation(32))));
  const course = (lossOf: (scores: Tensor) => Tensor): [number, number][] => {
    manualSeed(0);
    const model = network();
    const optimizer = new SGD(model.parameters(), { lr: 0.2 });
    return Array.from({ length: 40 }, (_, step): [number, number] => {
      optimizer.zeroGrad();
      const loss = lossOf(model.forward(inputs));
      backward(loss);
      optimizer.step();
      return [step + 1, loss.itemSync()];
    });
  };
  return lineChart({
    title: "One batch of 32 digits, learned by heart",
    x: "steps",
    y: "loss",
    lines: [
      { name: "as it should be", colour: "#15803d", points: course((scores) => crossEntropy(scores, targets)) },
      {
        name: "a softmax too many",
        colour: "#1d4ed8",
        points: course((scores) => crossEntropy(softmax(scores, 1), targets)),
      },
      { name: "labels shuffled apart", colour: "#c2410c", points: course((scores) => crossEntropy(scores, apart())) },
    ],
  });
}

/** How many ReLUs die at which rate. */
async function deadUnits(): Promise<string> {
  const batches = await digits(1600, 16);
  const course = async (lr: number): Promise<[number, number][]> => {
    manualSeed(0);
    const model = new Sequential({
      flat: new Flatten(),
      first: new Linear(784, 48),
      relu: new ReLU(),
      head: new Linear(48, 10),
    });
    const optimizer = new SGD(model.parameters(), { lr });
    using watch = watchLayers(model, { every: 2 });
    for (const { inputs, targets } of batches) {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(inputs), targets));
      optimizer.step();
    }
    const { steps, layers } = await watch.history();
    const { dead } = layers.find(({ name }) => name === "relu")!;
    return steps.map((step, i) => [step, 100 * dead[i]!]);
  };
  return lineChart({
    title: "ReLUs that give 0 for the whole batch",
    x: "steps",
    y: "% dead",
    lines: [
      { name: "learning rate 0.05", colour: "#15803d", points: await course(0.05) },
      { name: "0.5", colour: "#1d4ed8", points: await course(0.5) },
      { name: "2", colour: "#c2410c", points: await course(2) },
    ],
  });
}

/** A training whose validation forgets eval mode from step 60 on. */
async function timeline(): Promise<string> {
  manualSeed(0);
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.05 });
  const [first, ...batches] = await digits(1600, 16);
  using recorder = recordStatistics(model);
  setModeGuard("off");
  const validate = (): void => void noGrad(() => model.forward(slice(first!.inputs, 0, 0, 4)));
  for (const [step, { inputs, targets }] of batches.entries()) {
    optimizer.zeroGrad();
    backward(crossEntropy(model.forward(inputs), targets));
    optimizer.step();
    if (step % 12 !== 11) continue;
    if (step < 60) evaluating(model, validate);
    else validate();
  }
  setModeGuard("warn");
  return recorder.timeline({ title: "From step 60 on, validation forgets eval()" });
}

await main();
