/**
 * Draws the figures of docs/guide/train-and-eval.md with tapegrad itself: `npx tsx scripts/draw-guide-figures.ts`. They show the
 * small ResNet of `npm run pit` with its twenty pictures, and single batch norms.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BatchNorm1d,
  BatchNorm2d,
  compareModes,
  comparisonSvg,
  evaluating,
  type Layer,
  withoutModeGuard,
} from "@tapegrad/nn";
import { add, argmax, Generator, noGrad, randn, slice, type Tensor, useDevice } from "@tapegrad/tensor";
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

await main();
