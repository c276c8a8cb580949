import {
  BatchNorm2d,
  Conv2d,
  Flatten,
  foldBatchNorm,
  Identity,
  type Layer,
  Linear,
  MaxPool2d,
  Module,
  ModuleDict,
  ModuleList,
  ReLU,
  Sequential,
} from "@tapegrad/nn";
import { add, conv2d, mul, noGrad, randn, tensor, type Tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrated } from "./residual-net.ts";

const run = (net: Layer, input: Tensor): Tensor => noGrad(() => net.forward(input));
const kinds = (net: Module): string[] => net.modules().map((module) => module.constructor.name);

eachDevice(() => {
  test("a residual net with grouped and depthwise convolutions computes the same, without batch norms", async () => {
    const { net, input } = await calibrated(4, 0.5);
    const before = run(net.eval(), input).dataSync();
    expect(foldBatchNorm(net)).toBe(net);
    expectClose(run(net, input), before, { rtol: 1e-4, atol: 1e-4 });
    expect(kinds(net).filter((kind) => kind === "BatchNorm2d")).toEqual([]);
    expect(kinds(net).filter((kind) => kind === "Identity").length).toBe(7);
    // Without batch norms and dropout apart, modes do not matter: `train()` cannot harm a folded net.
    net.dropout.eval();
    expect([...net.stateDict().keys()]).toContain("layers.0.conv1.bias");
  });
});

test("any chain of a convolution and a batch norm", () => {
  const options = fc.record({
    groups: fc.constantFrom(1, 2, 4),
    outs: fc.integer({ min: 1, max: 3 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    padding: fc.nat(2),
    bias: fc.boolean(),
    affine: fc.boolean(),
  });
  fc.assert(
    fc.property(options, ({ groups, outs, kernel, stride, padding, bias, affine }) => {
      const channels = outs * groups;
      const net = new Sequential(
        new Conv2d(4, channels, kernel, { groups, stride, padding, bias }),
        new BatchNorm2d(channels, { affine }),
        new ReLU(),
      );
      for (let i = 0; i < 3; i++) net.forward(randn([4, 4, 6, 6]));
      const input = randn([2, 4, 7, 6]);
      const before = run(net.eval(), input).dataSync();
      foldBatchNorm(net, [1, 4, 6, 6]);
      expect(net.at(1)).toBeInstanceOf(Identity);
      expectClose(run(net, input), before, { rtol: 1e-4, atol: 1e-4 });
    }),
    { numRuns: 60 },
  );
});

describe("what cannot be folded safely stays", () => {
  class Custom extends Module {
    readonly conv: Conv2d = new Conv2d(2, 2, 1);
    readonly bn: BatchNorm2d = new BatchNorm2d(2);
    readonly #fn: (self: Custom, input: Tensor) => Tensor;

    constructor(fn: (self: Custom, input: Tensor) => Tensor) {
      super();
      this.#fn = fn;
    }

    forward(input: Tensor): Tensor {
      return this.#fn(this, input);
    }
  }
  const cases: Record<string, (self: Custom, input: Tensor) => Tensor> = {
    "a convolution whose output something else reads": ({ conv, bn }, input) => {
      const inner = conv.forward(input);
      return add(bn.forward(inner), inner);
    },
    "a convolution whose output is read before": ({ conv, bn }, input) => {
      const inner = conv.forward(input);
      const twice = add(inner, inner);
      return add(bn.forward(inner), twice);
    },
    "a convolution that is called twice": ({ conv, bn }, input) =>
      add(conv.forward(input), bn.forward(conv.forward(input))),
    "a batch norm that is called twice": ({ conv, bn }, input) =>
      add(bn.forward(input), bn.forward(conv.forward(input))),
    "a batch norm before its convolution": ({ conv, bn }, input) => conv.forward(bn.forward(input)),
    "a batch norm behind something else": ({ conv, bn }, input) => bn.forward(add(conv.forward(input), input)),
    "a convolution that is only called as a function": ({ conv, bn }, input) =>
      bn.forward(conv2d(input, conv.weight, conv.bias)),
  };
  test.each(Object.entries(cases))("%s", (_name, forward) => {
    const net = new Custom(forward);
    for (let i = 0; i < 3; i++) net.forward(randn([4, 2, 5, 5]));
    const input = randn([2, 2, 5, 5]);
    const before = run(net.eval(), input).dataSync();
    foldBatchNorm(net);
    expect(kinds(net)).toEqual(["Custom", "Conv2d", "BatchNorm2d"]);
    expectClose(run(net, input), before);
  });

  test("a convolution that two batch norms read", () => {
    class Twice extends Custom {
      readonly other: BatchNorm2d = new BatchNorm2d(2);
    }
    for (const flip of [false, true]) {
      const net: Twice = new Twice(({ conv, bn }, input) => {
        const inner = conv.forward(input);
        const norms = flip ? [net.other, bn] : [bn, net.other];
        return norms.map((norm, i) => mul(norm.forward(inner), i + 1)).reduce((a, b) => add(a, b));
      });
      for (let i = 0; i < 3; i++) net.forward(randn([4, 2, 5, 5]));
      noGrad(() => net.other.weight!.assign(tensor([2, -1])));
      const input = randn([2, 2, 5, 5]);
      const before = run(net.eval(), input).dataSync();
      foldBatchNorm(net);
      expect(kinds(net)).toEqual(["Twice", "Conv2d", "BatchNorm2d", "BatchNorm2d"]);
      expectClose(run(net, input), before);
    }
  });

  test("a convolution that hands on what another one made", () => {
    class Outer extends Conv2d {
      readonly inner: Conv2d = new Conv2d(2, 2, 1);
      override forward(x: Tensor): Tensor {
        return this.inner.forward(x);
      }
    }
    const net = new Sequential(new Outer(2, 2, 1), new BatchNorm2d(2));
    for (let i = 0; i < 3; i++) net.forward(randn([4, 2, 5, 5]));
    const input = randn([2, 2, 5, 5]);
    const before = run(net.eval(), input).dataSync();
    foldBatchNorm(net);
    expect(kinds(net)).toEqual(["Sequential", "Outer", "Conv2d", "BatchNorm2d"]);
    expectClose(run(net, input), before);
  });

  test("a batch norm without running statistics", () => {
    const net = new Sequential(new Conv2d(2, 2, 1), new BatchNorm2d(2, { trackRunningStats: false }));
    expect(kinds(foldBatchNorm(net.eval()))).toEqual(["Sequential", "Conv2d", "BatchNorm2d"]);
  });
});

test("pairs are found in lists, dictionaries, arrays, sets, maps and plain objects", () => {
  class Holder extends Module {
    readonly list: ModuleList<Layer> = new ModuleList<Layer>([new Conv2d(2, 2, 1), new BatchNorm2d(2)]);
    readonly dict: ModuleDict<Layer> = new ModuleDict<Layer>({ conv: new Conv2d(2, 2, 1), norm: new BatchNorm2d(2) });
    readonly array: Layer[] = [new Conv2d(2, 2, 1), new BatchNorm2d(2)];
    readonly map: Map<string, Layer> = new Map<string, Layer>([
      ["conv", new Conv2d(2, 2, 1)],
      ["norm", new BatchNorm2d(2)],
    ]);
    readonly set: Set<Layer> = new Set<Layer>([new Conv2d(2, 2, 1), new BatchNorm2d(2)]);
    readonly plain: Record<string, Layer> = { conv: new Conv2d(2, 2, 1), norm: new BatchNorm2d(2) };

    forward(input: Tensor): Tensor {
      const layers = [
        ...this.list,
        ...[...this.dict].map(([, layer]) => layer),
        ...this.array,
        ...this.map.values(),
        ...this.set,
        ...Object.values(this.plain),
      ];
      return layers.reduce((x, layer) => layer.forward(x), input);
    }
  }
  const net = new Holder();
  for (let i = 0; i < 3; i++) net.forward(randn([4, 2, 5, 5]));
  const input = randn([2, 2, 5, 5]);
  const before = run(net.eval(), input).dataSync();
  foldBatchNorm(net);
  expect(kinds(net).filter((kind) => kind === "Identity").length).toBe(6);
  expectClose(run(net, input), before, { rtol: 1e-4, atol: 1e-4 });
});

test("train mode is refused; an input is asked for where no usual size fits", () => {
  const net = new Sequential(
    new Conv2d(1, 2, 3),
    new BatchNorm2d(2),
    new MaxPool2d(2),
    new Flatten(),
    new Linear(2 * 7 * 4, 3),
  );
  expect(() => foldBatchNorm(net)).toThrow(/foldBatchNorm: 1 is in train mode; call eval\(\) first/);
  net.forward(randn([2, 1, 16, 10]));
  expect(() => foldBatchNorm(net.eval())).toThrow(
    "foldBatchNorm: say the input's shape, no picture of a usual size fits (Linear: expected input […, 56]",
  );
  expect(kinds(foldBatchNorm(net, [1, 1, 16, 10]))).toContain("Identity");
});
