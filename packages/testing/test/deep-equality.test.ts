import looseAssert from "node:assert";
// Without any set-up, deep equality cannot look at values on a device or in private fields: it must fail rather than pass.
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { type Batch, DataLoader, ImageDataset, prefetch, RandomSampler, TensorDataset } from "@tapegrad/data";
import { fileTensor } from "@tapegrad/formats";
import { BatchNorm2d, Buffer, Linear, Module, ModuleDict, ModuleList, Parameter, Sequential } from "@tapegrad/nn";
import { ExponentialLR, SGD, SequentialLR, StepLR, WeightAverage } from "@tapegrad/optim";
import { Generator, ones, tensor } from "@tapegrad/tensor";
import { assert as chai, describe, expect, test, vi } from "vitest";

class Hidden extends Module {
  readonly #layer = new Linear(1, 1);

  forward(): unknown {
    return this.#layer;
  }
}

const parameters = [new Parameter(tensor([1, 2]))];

function optimizer(steps: number): SGD {
  const made = new SGD(parameters, { lr: 0, momentum: 0.9 });
  for (let step = 0; step < steps; step++) {
    parameters[0]!.grad = ones([2]);
    made.step();
  }
  return made;
}

function loader(): DataLoader<Batch> {
  return new DataLoader(new TensorDataset(ones([4, 1]), ones([4])), { batchSize: 2 });
}

/** Pairs that differ in what deep equality does not see. */
const pairs: Readonly<Record<string, () => readonly [unknown, unknown]>> = {
  tensors: () => [tensor([1, 2]), tensor([1, 3])],
  "tensors in objects": () => [{ a: { b: tensor([1]) } }, { a: { b: tensor([2]) } }],
  "tensors in lists": () => [
    [1, tensor([1])],
    [1, tensor([2])],
  ],
  "tensors in maps": () => [new Map([["w", tensor([1])]]), new Map([["w", tensor([2])]])],
  "tensors as keys": () => [new Map([[tensor([1]), "w"]]), new Map([[tensor([2]), "w"]])],
  "tensors in sets": () => [new Set([tensor([1])]), new Set([tensor([2])])],
  parameters: () => [new Parameter(tensor([1])), new Parameter(tensor([2]))],
  buffers: () => [new Buffer(tensor([1])), new Buffer(tensor([2]))],
  layers: () => [new Linear(2, 2), new Linear(2, 2)],
  "layers with buffers": () => {
    const [a, b] = [new BatchNorm2d(1), new BatchNorm2d(1)];
    a.forward(ones([2, 1, 1, 1]));
    return [a, b];
  },
  networks: () => [new Sequential(new Linear(1, 1)), new Sequential(new Linear(1, 1))],
  "lists of modules": () => [new ModuleList([new Linear(1, 1)]), new ModuleList([new Linear(1, 1)])],
  "dictionaries of modules": () => [new ModuleDict({ a: new Linear(1, 1) }), new ModuleDict({ a: new Linear(1, 1) })],
  "modules with private layers": () => [new Hidden(), new Hidden()],
  "state dicts": () => [new Linear(1, 1).stateDict(), new Linear(1, 1).stateDict()],
  "plain state dicts": () => [
    Object.fromEntries(new Linear(1, 1).stateDict()),
    Object.fromEntries(new Linear(1, 1).stateDict()),
  ],
  optimizers: () => [optimizer(1), optimizer(3)],
  "state dicts of optimizers": () => [optimizer(1).stateDict(), optimizer(1).stateDict()],
  schedules: () => [new StepLR(optimizer(0), 1), new StepLR(optimizer(0), 2)],
  "composed schedules": () => {
    const made = (milestone: number): SequentialLR => {
      const of = optimizer(0);
      return new SequentialLR([new ExponentialLR(of, 0.5), new ExponentialLR(of, 0.5)], [milestone]);
    };
    return [made(3), made(4)];
  },
  averages: () => [new WeightAverage(parameters), new WeightAverage(parameters, { decay: 0.5 })],
  "tensors in files": () => [0, 1].map((value) => fileTensor(new Float32Array([value]), [1])) as [unknown, unknown],
  samplers: () => [new RandomSampler(9, { seed: 1 }), new RandomSampler(9, { seed: 2 })],
  datasets: () => {
    const of = (mean: number): ImageDataset =>
      new ImageDataset({ images: new Uint8Array(4), labels: new Uint8Array(1), shape: [1, 2, 2], mean, std: 1 });
    return [of(0), of(0.5)];
  },
  loaders: () => [loader(), loader()],
  "batches fetched ahead": () => [prefetch(loader()), prefetch(loader())],
  generators: () => [new Generator(1), new Generator(2)],
};

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => void>> = {
  toEqual: (a, b) => expect(a).toEqual(b),
  toStrictEqual: (a, b) => expect(a).toStrictEqual(b),
  toMatchObject: (a, b) => expect({ a }).toMatchObject({ a: b }),
  "assert.deepEqual": (a, b) => looseAssert.deepEqual(a, b),
  "assert.deepStrictEqual": (a, b) => assert.deepEqual(a, b),
  "chai's deepEqual": (a, b) => chai.deepEqual(a, b),
};

/** Those that print no fields. */
const searches: typeof comparisons = {
  "toMatchObject of itself": (a, b) => expect(a).toMatchObject(b as object),
  toContainEqual: (a, b) => expect([0, a]).toContainEqual(b),
  toHaveProperty: (a, b) => expect({ a }).toHaveProperty("a", b),
  objectContaining: (a, b) => expect({ a, c: 1 }).toEqual(expect.objectContaining({ a: b })),
  arrayContaining: (a, b) => expect([0, a]).toEqual(expect.arrayContaining([b])),
  "not.objectContaining": (a, b) =>
    expect(() => expect({ a }).toEqual(expect.not.objectContaining({ a: b }))).toThrow(),
  toHaveBeenCalledWith: (a, b) => {
    const called = vi.fn<(value: unknown) => void>();
    called(a);
    expect(called).toHaveBeenCalledWith(b);
  },
  toHaveReturnedWith: (a, b) => {
    const called = vi.fn<() => unknown>(() => a);
    called();
    expect(called).toHaveReturnedWith(b);
  },
};
/** To these matchers of vitest any two maps are equal, and any two sets, whatever is in them. */
const blind = new Set(["toContainEqual", "toHaveProperty", "toHaveReturnedWith"]);
const collections = new Set(["tensors in maps", "tensors as keys", "tensors in sets", "state dicts"]);

describe.each(Object.entries({ ...comparisons, ...searches }))("%s", (matcher, compare) => {
  const seen = Object.entries(pairs).filter(([name]) => !(blind.has(matcher) && collections.has(name)));
  test.each(seen)("fails for different %s, and passes for the same", (_, make) => {
    const [a, b] = make();
    expect(() => compare(a, b)).toThrow();
    compare(a, a);
  });
});

describe("where values are the same, the difference that is printed says how to compare", () => {
  const same = [
    [tensor([1]), tensor([1])],
    [new Linear(1, 1).eval(), new Linear(1, 1).eval()],
  ] as const;

  test.each(Object.entries(comparisons))("%s", (_, compare) => {
    for (const [a, b] of same) {
      let printed = "";
      try {
        compare(a, b);
      } catch (error) {
        printed = inspect(error, { depth: 4 });
      }
      expect(printed).toContain("compare with expectClose of @tapegrad/testing");
      expect(printed.length).toBeLessThan(8000);
    }
  });
});

test.each(Object.entries(pairs))(
  "%s cannot be cloned or sent, which would lose what is not in their fields",
  (_, make) => {
    const { port1 } = new MessageChannel();
    const refusal = /Symbol\(what is no plain data, .*data\(\).*\) could not be cloned/;
    expect(() => structuredClone(make()[0])).toThrow(refusal);
    expect(() => port1.postMessage(make()[0])).toThrow(refusal);
  },
);
