import { type Batch, DataLoader, prefetch } from "@tapegrad/data";
import { type BatchNorm1d, CrossEntropyLoss, type Module, updateBatchNorm } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import { defaultGenerator, type Tensor } from "@tapegrad/tensor";
import { type AverageOptions, BestWeights, type Callback, evaluate, fit } from "@tapegrad/train";
import { describe, expect, test } from "vitest";
import { network, points } from "./points.ts";

const loader = (): DataLoader<Batch> => new DataLoader(points(60), { batchSize: 10, shuffle: true, seed: 3 });
const loss = new CrossEntropyLoss();

/** Values of the parameters and float buffers, in a row. */
function valuesOf(model: Module): Float64Array {
  const tensors: Tensor[] = [...model.parameters(), ...model.buffers().filter(({ dtype }) => dtype === "float32")];
  return Float64Array.from(tensors.flatMap((each) => [...each.dataSync()]));
}

async function train(average: AverageOptions | null, callbacks: readonly Callback[] = [], more: object = {}) {
  const model = network();
  const optimizer = new SGD(model.parameters(), { lr: 0.2, momentum: 0.9 });
  const rest = { loss, optimizer, loader: loader(), validation: new DataLoader(points(30, 9), { batchSize: 30 }) };
  const result = await fit(model, { ...rest, average, epochs: 3, seed: 0, callbacks, ...more });
  return { model, result };
}

/** What the model had after each step, or each epoch, of a training without an average. */
async function history(when: "onStep" | "onEpoch"): Promise<Float64Array[]> {
  const seen: Float64Array[] = [];
  let model: Module | null = null;
  const callback: Callback = {
    onStart: (report) => void (model = report.model),
    [when]: () => void seen.push(valuesOf(model!)),
  };
  await train(null, [callback]);
  return seen;
}

function expectNear(actual: Float64Array, expected: Float64Array): void {
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
}

test("an exponential average of each step is what the model has in the end", async () => {
  const steps = await history("onStep");
  const mean = steps.reduce((average, step) => average.map((value, i) => 0.8 * value + 0.2 * step[i]!));
  const { model } = await train({ kind: "ema", decay: 0.8 });
  expectNear(valuesOf(model), mean);
});

test("a mean of the last epochs is what the model has in the end", async () => {
  const [, second, third] = await history("onEpoch");
  const { model } = await train({ kind: "swa", fromEpoch: 2 });
  expectNear(
    valuesOf(model),
    second!.map((value, i) => (value + third![i]!) / 2),
  );
});

test.each(["average", "recompute"] as const)("statistics fit the averaged weights: %s", async (buffers) => {
  const { model } = await train({ kind: "swa", buffers });
  const norm = model.at(1) as BatchNorm1d;
  const before = [...norm.runningMean!.dataSync()];
  await updateBatchNorm(model, loader());
  const drift = Math.max(...norm.runningMean!.dataSync().map((value, i) => Math.abs(value - before[i]!)));
  // Recomputed over the same data, they are what updateBatchNorm gives, whatever the order of the batches.
  if (buffers === "recompute") expect(drift).toBeLessThan(1e-5);
  else expect(drift).toBeGreaterThan(1e-3);
});

describe.each(["average", "recompute"] as const)("with statistics to %s, validation of the average", (buffers) => {
  test("measures it, and training goes on as if nothing had happened", async () => {
    const measured: number[] = [];
    const plain = await history("onStep");
    const steps: Float64Array[] = [];
    const draws: string[] = [];
    const model = network();
    const validation = new DataLoader(points(30, 9), { batchSize: 30 });
    const best = new BestWeights(model);
    const { epochs } = await fit(model, {
      loss,
      optimizer: new SGD(model.parameters(), { lr: 0.2, momentum: 0.9 }),
      loader: prefetch(loader()),
      validation,
      epochs: 3,
      seed: 0,
      average: { kind: "ema", decay: 0.8, buffers, validate: true },
      callbacks: [
        best,
        {
          onStep: () => void steps.push(valuesOf(model)),
          // The averages are in the model now.
          onEpoch: async () => {
            draws.push(JSON.stringify(defaultGenerator().getState()));
            measured.push((await evaluate(model, new DataLoader(points(30, 9), { batchSize: 30 }), { loss })).loss!);
          },
        },
      ],
    });
    expect(steps).toEqual(plain);
    expect(epochs.map((epoch) => epoch.validation!.loss)).toEqual(measured);
    expect(new Set(draws).size).toBe(3);
    const left = await evaluate(model, validation, { loss });
    expect(left.loss).toBe(measured[best.epoch! - 1]);
  });
});

test("without a step that counts the model keeps its own weights", async () => {
  const straight = (await history("onStep")).at(-1)!;
  expect(valuesOf((await train({ kind: "ema", fromEpoch: 9, validate: true })).model)).toEqual(straight);
});

test.each([
  [{ kind: "mean" }, 'fit: average: kind must be "ema" or "swa", got "mean"'],
  [{ kind: "ema", decay: 1 }, "fit: average: decay must lie in [0, 1), got 1"],
  [{ kind: "swa", decay: 0.9 }, 'fit: average.decay is of kind "ema"; "swa" takes the mean'],
  [{}, 'fit: average: kind must be "ema" or "swa", got'],
  ["ema", 'fit: average must be an object such as { kind: "ema" }, got "ema"'],
])("%o is refused", async (average, message) => {
  await expect(train(average as never)).rejects.toThrow(message);
});
