import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { backward } from "@tapegrad/autograd";
import { type ShrunkRun, shrinkRun, type ShrinkRunOptions, type RunTraining } from "@tapegrad/inspect";
import { BatchNorm1d, Conv2d, Dropout, Flatten, Linear, Module, ReLU, Sequential } from "@tapegrad/nn";
import { SGD } from "@tapegrad/optim";
import {
  add,
  crossEntropy,
  fromHost,
  full,
  Generator,
  log,
  mean,
  noGrad,
  relu,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(import.meta.dirname, "../.example-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Training = RunTraining<SGD>;

const learn = ({ model, optimizer, batch }: Training): Tensor => {
  optimizer.zeroGrad();
  const loss = crossEntropy(model.forward(batch.inputs), batch.targets);
  backward(loss);
  optimizer.step();
  return loss;
};

/** Batches of normal numbers, as far as `change` leaves them so. */
function batchesOf(
  steps: number,
  shape: readonly number[],
  change: (values: Float32Array, step: number) => void = () => undefined,
) {
  const generator = new Generator(1);
  const size = shape.reduce((a, b) => a * b, 1);
  return Array.from({ length: steps }, (_, step) => {
    const values = normals(generator, size);
    change(values, step);
    const targets = Int32Array.from({ length: shape[0]! }, () => generator.integer(5));
    return { inputs: fromHost(values, shape), targets: fromHost(targets, [shape[0]!]) };
  });
}

const network = (): Sequential =>
  new Sequential(
    new Conv2d(1, 4, 3, { padding: 1 }),
    new ReLU(),
    new Flatten(),
    new Linear(144, 20),
    new BatchNorm1d(20),
    new ReLU(),
    new Linear(20, 5),
  );

const diverging: ShrinkRunOptions<SGD> = {
  model: network,
  optimizer: (model) => new SGD(model.parameters(), { lr: 100 }),
  data: batchesOf(5, [6, 1, 6, 6]),
  step: learn,
  fails: "divergence",
};

let files = 0;

/** What the test in the file throws, as it stands or with what is mended; null if it passes. */
async function verdictOf(
  { test: text }: ShrunkRun,
  mend: (text: string) => string = (same) => same,
): Promise<string | null> {
  const file = join(folder, `${files++}.mjs`);
  const { writeFileSync } = await import("node:fs");
  const runner = /import \{ test \} from "[^"]+";/;
  expect(text).toMatch(runner);
  writeFileSync(
    file,
    `let run;\n${mend(text).replace(runner, "const test = (_, fn) => { run = fn; };")}export default run;\n`,
  );
  const { default: run } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as {
    readonly default: () => Promise<void>;
  };
  return run().then(
    () => null,
    (error: unknown) => String(error),
  );
}

test("a learning rate that is too high needs two steps of one example, and the file fails as it says until that is mended", async () => {
  const smallest = await shrinkRun(diverging);
  const { before, after } = smallest;
  expect(before).toEqual({ steps: 5, examples: 6, layers: 7, parameters: 3085, inputShape: [1, 6, 6] });
  expect(after).toMatchObject({ steps: 2, examples: 1, layers: 2 });
  expect(after.parameters).toBeLessThan(9);
  expect(smallest.complete).toBe(true);
  expect(smallest.summary).toMatch(
    /^a loss that grows after 2 steps of 1 example \[1, \d, \d\] through 2 layers with \d parameters; it was 5/,
  );
  expect(await verdictOf(smallest)).toBe(`Error: the run fails: the losses are ${smallest.losses.join(", ")}`);
  expect(await verdictOf(smallest, (text) => text.replace(/lr: ?100/, "lr:0.1"))).toBe(null);
});

test("the same run is found again, maxRuns ends the search early, and progress is told", async () => {
  const [first, again] = [await shrinkRun(diverging), await shrinkRun(diverging)];
  expect(again.test).toBe(first.test);
  const heard: number[] = [];
  const early = await shrinkRun({ ...diverging, maxRuns: 4, onProgress: ({ runs }) => heard.push(runs) });
  expect(heard).toEqual([1, 2, 3, 4]);
  expect([early.runs, early.complete]).toEqual([4, false]);
  expect(early.after.parameters).toBe(early.before.parameters);
  expect(early.after.steps).toBeLessThan(5);
  expect(await verdictOf(early)).toMatch(/^Error: the run fails/);
});

test("the whole run is taken once", async () => {
  let steps = 0;
  const counted = (training: Training): Tensor => (steps++, learn(training));
  const imports = { learn: "./learn.js", steps: "./steps.js" };
  const { runs, before, after } = await shrinkRun({ ...diverging, step: counted, imports, maxRuns: 1 });
  expect(runs).toBe(1);
  expect(steps).toBe(before.steps + after.steps);
  expect(after.steps).toBeLessThan(before.steps);
});

test("of one value among many, one step and one example are left", async () => {
  const data = batchesOf(6, [5, 3], (values, step) => {
    if (step === 4) values[7] = -1000;
  });
  const smallest = await shrinkRun({
    model: () => new Sequential(new Linear(3, 8), new ReLU(), new Dropout(0.1), new Linear(8, 5)),
    data: (async function* () {
      yield* data;
    })(),
    step: ({ model, batch }) => add(mean(log(add(batch.inputs, 10))), mean(model.forward(batch.inputs))),
    fails: "nan",
    runner: "node:test",
  });
  expect(smallest.after).toMatchObject({ steps: 1, examples: 1, layers: 0, parameters: 0 });
  expect(smallest.test).toContain('import { test } from "node:test";');
  expect(smallest.test).toMatch(/fromHost\(Float32Array\.of\([^)]*-1000/);
  expect(await verdictOf(smallest)).toMatch(/^Error: the run fails: the losses are NaN$/);
});

test("an error stays the same error", async () => {
  const smallest = await shrinkRun({
    model: () => new Sequential(new Linear(4, 6), new ReLU(), new Linear(6, 5)),
    data: batchesOf(3, [4, 4]),
    step: ({ model, batch }) => crossEntropy(model.forward(batch.inputs), batch.inputs),
    fails: "error",
  });
  expect(smallest.after).toMatchObject({ steps: 1, examples: 1 });
  expect(await verdictOf(smallest)).toMatch(/^Error: the run fails/);
});

test("a target that is no class stays one, however few classes are left; names of compiled modules are undone", async () => {
  // oxlint-disable-next-line camelcase -- as TypeScript calls a module that CommonJS requires
  const tensor_1 = { crossEntropy };
  const smallest = await shrinkRun({
    model: () => new Sequential(new Linear(4, 6), new ReLU(), new Linear(6, 5)),
    data: batchesOf(3, [4, 4]).map(({ inputs, targets }, i) => ({
      inputs,
      targets: i === 1 ? fromHost(Int32Array.of(0, 1, 5, 2), [4]) : targets,
    })),
    step: ({ model, batch }) => (0, tensor_1.crossEntropy)(model.forward(batch.inputs), batch.targets),
    fails: "error",
    runner: "jest",
  });
  expect(smallest.after).toMatchObject({ steps: 1, examples: 1 });
  expect(smallest.test).toContain("// It ends with IndexError: crossEntropy: target 5 is out of range");
  expect(smallest.test).toContain('import { test } from "@jest/globals";');
  expect(smallest.test).toContain("=> crossEntropy(model.forward(");
});

test("a target that is ignored stays so", async () => {
  const smallest = await shrinkRun({
    model: () => new Sequential(new Linear(4, 6), new ReLU(), new Linear(6, 5)),
    data: batchesOf(2, [4, 4]).map(({ inputs }) => ({ inputs, targets: fromHost(new Int32Array(4).fill(-100), [4]) })),
    step: ({ model, batch }) => crossEntropy(model.forward(batch.inputs), batch.targets),
    fails: "nan",
  });
  expect(smallest.after).toMatchObject({ steps: 1, examples: 1 });
  expect(smallest.test).toContain("Int32Array.of(-100)");
});

/** A model of one's own, with a layer that its code looks into. */
export class Net extends Module {
  readonly body: Sequential = new Sequential(new Linear(3, 12), new ReLU(), new Linear(12, 12), new ReLU());
  readonly tied: Linear = new Linear(12, 12);
  readonly head: Linear = new Linear(12, 5);

  forward(x: Tensor): Tensor {
    const y = this.body.forward(x);
    return this.head.forward(add(this.tied.forward(y), relu(mean(this.tied.weight))));
  }
}

test("in a model of one's own, layers are replaced and the rest stays; the file imports its class", async () => {
  const options: ShrinkRunOptions<SGD> = { ...diverging, model: () => new Net(), data: batchesOf(3, [2, 3]) };
  await expect(shrinkRun(options)).rejects.toThrow(
    'shrinkRun: Net would not be known in the test file; say where from, as imports: { Net: "./file.js" }',
  );
  const smallest = await shrinkRun({ ...options, imports: { Net: "../test/shrink-run.test.ts" } });
  expect(smallest.after.parameters).toBeLessThan(smallest.before.parameters);
  expect(smallest.test).toContain('import { Net } from "../test/shrink-run.test.ts";');
  expect(smallest.test).toContain("const model = makeModel();");
  expect(smallest.test).toContain("replaceModules(\n");
});

test("weights that were chosen by hand are kept, and layers replaced around them", async () => {
  const smallest = await shrinkRun({
    model: () => {
      const model = new Sequential(new Linear(3, 4), new ReLU(), new Linear(4, 5));
      noGrad(() => (model.at(2) as Linear).bias!.assign(full([5], Infinity)));
      return model;
    },
    data: batchesOf(2, [2, 3]),
    step: ({ model, batch }) => mean(model.forward(batch.inputs)),
    fails: "nan",
  });
  expect(smallest.after).toMatchObject({ steps: 1, examples: 1, layers: 2 });
  expect(smallest.test).toContain('[layers.get("1"), new Identity()]');
  expect(await verdictOf(smallest)).toMatch(/^Error: the run fails: the losses are Infinity/);
});

test("a law may be what is broken; where it cannot be asked, nothing is", async () => {
  const smallest = await shrinkRun({
    ...diverging,
    data: batchesOf(3, [4, 1, 6, 6]),
    // More than one step, since it looks at the second.
    fails: ({ losses }) => losses[1]!.toFixed(3) !== losses[0]!.toFixed(3),
  });
  expect(smallest.after).toMatchObject({ steps: 2, examples: 1 });
  expect(await verdictOf(smallest)).toMatch(/^Error: the run fails/);
});

test("it says what it cannot work with", async () => {
  const fine = { ...diverging, optimizer: (model: Module) => new SGD(model.parameters(), { lr: 0.01 }) };
  await expect(shrinkRun(fine)).rejects.toThrow(/^shrinkRun: the run does not fail; its losses are \d/);
  await expect(shrinkRun({ ...diverging, data: [] })).rejects.toThrow("shrinkRun: data gave no batch");
  await expect(shrinkRun({ ...diverging, step: Math.max as never })).rejects.toThrow(ValueError);
  await expect(shrinkRun({ ...diverging, fails: "NaN" as never })).rejects.toThrow('got "NaN"');
  await expect(shrinkRun({ ...diverging, imports: { Net: 3 } as never })).rejects.toThrow(
    "imports must be modules by name",
  );
  const own = (loss: Tensor): Tensor => loss;
  await expect(shrinkRun({ ...diverging, step: (training) => own(learn(training)) })).rejects.toThrow(
    /^shrinkRun: own, learn would not be known in the test file/,
  );
  const [_loss, loss_1] = [{ relu: own }, { relu: own }]; // oxlint-disable-line camelcase -- as one may call them
  await expect(
    shrinkRun({ ...diverging, step: (training) => loss_1.relu(_loss.relu(learn(training))) }),
  ).rejects.toThrow(/^shrinkRun: loss_1, _loss, learn would not be known in the test file/);
});
