import { backward } from "@tapegrad/autograd";
import { AlphaDropout, Dropout, Dropout1d, Dropout2d, Module, Sequential } from "@tapegrad/nn";
import { generatorsOf, namedGenerators } from "@tapegrad/nn/internal";
import { defaultGenerator, Generator, ones, randn, tensor, type Tensor, ValueError } from "@tapegrad/tensor";
import { eachDevice, expectClose, gridValues } from "@tapegrad/testing";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

const probability = fc.oneof(
  fc.constantFrom(0, 1, 0.5),
  fc.integer({ min: 1, max: 63 }).map((k) => k / 64),
);
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });

eachDevice(() => {
  test("every value is dropped or multiplied by exactly 1/(1 − p), and its gradient alike", () => {
    fc.assert(
      fc.property(probability, seed, gridValues(24), (p, s, values) => {
        const x = tensor(values, { shape: [4, 6], requiresGrad: true });
        const y = new Dropout(p, { generator: new Generator(s) }).forward(x);
        backward(y, { gradient: ones([4, 6]) });
        const factors = x.grad!.dataSync();
        const kept = p === 1 ? 0 : Math.fround(1 / (1 - p));
        for (const factor of factors) expect(factor === 0 || Math.abs(factor - kept) <= kept * 2 ** -23).toBe(true);
        expectClose(
          y,
          values.map((value, i) => value * factors[i]!),
          { rtol: 1e-6, atol: 0 },
        );
      }),
      { numRuns: 100 },
    );
  });

  test("the mean over 20,000 values stays within five standard errors", () => {
    fc.assert(
      fc.property(probability, seed, (p, s) => {
        const count = 20_000;
        const y = new Dropout(p, { generator: new Generator(s) }).forward(ones([count])).dataSync();
        const mean = Array.from(y).reduce((sum, value) => sum + value, 0) / count;
        if (p === 1) expect(mean).toBe(0);
        else expect(Math.abs(mean - 1)).toBeLessThanOrEqual(5 * Math.sqrt(p / (1 - p) / count) + 1e-6);
      }),
      { numRuns: 100 },
    );
  });

  test("eval mode is the identity and draws nothing", () => {
    fc.assert(
      fc.property(probability, seed, gridValues(12), (p, s, values) => {
        const generator = new Generator(s);
        const before = generator.getState();
        for (const Layer of [Dropout, Dropout1d, AlphaDropout]) {
          expectClose(new Layer(p, { generator }).eval().forward(tensor(values, { shape: [1, 3, 4] })), values, {
            rtol: 0,
            atol: 0,
          });
        }
        expectClose(new Dropout2d(p, { generator }).eval().forward(tensor(values, { shape: [1, 3, 2, 2] })), values, {
          rtol: 0,
          atol: 0,
        });
        expect(generator.getState()).toEqual(before);
      }),
      { numRuns: 100 },
    );
  });

  test("Dropout1d and Dropout2d keep or drop whole channels", () => {
    const channels = (layer: Dropout1d | Dropout2d, shape: readonly number[]): number[][] => {
      const y = layer.forward(ones(shape)).dataSync();
      const extent = shape.slice(2).reduce((a, b) => a * b, 1);
      return Array.from({ length: y.length / extent }, (_, i) => Array.from(y.slice(i * extent, (i + 1) * extent)));
    };
    for (const all of [
      channels(new Dropout1d(0.5, { generator: new Generator(1) }), [8, 8, 5]),
      channels(new Dropout2d(0.5, { generator: new Generator(1) }), [8, 8, 3, 2]),
    ]) {
      const values = all.map((channel) => new Set(channel));
      expect(values.every((set) => set.size === 1)).toBe(true);
      expect(new Set(values.map((set) => [...set][0]))).toEqual(new Set([0, 2]));
    }
  });

  test("AlphaDropout keeps mean 0 and variance 1", () => {
    for (const p of [0.1, 0.5, 0.9]) {
      const y = new AlphaDropout(p, { generator: new Generator(3) })
        .forward(randn([100_000], { generator: new Generator(4) }))
        .dataSync();
      const mean = Array.from(y).reduce((sum, value) => sum + value, 0) / y.length;
      const variance = Array.from(y).reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length;
      expectClose([mean, variance], [0, 1], { rtol: 0.03, atol: 0.03 });
    }
    expect(new Set(new AlphaDropout(1).forward(ones([5])).dataSync())).toEqual(new Set([0]));
  });

  test("the same seed gives the same mask, the next call another", () => {
    const draw = (layer: Dropout): Tensor => layer.forward(ones([64]));
    const [a, b] = [
      new Dropout(0.5, { generator: new Generator(9) }),
      new Dropout(0.5, { generator: new Generator(9) }),
    ];
    const first = draw(a).dataSync();
    expect(draw(b).dataSync()).toEqual(first);
    expect(draw(a).dataSync()).not.toEqual(first);
  });
});

test("the generators of a model are found wherever fields hold them, shared ones once", () => {
  class Noisy extends Module {
    readonly sources = [new Generator(1), new Generator(2)];
    readonly again = this.sources[0];
    readonly inner = new Sequential(new Dropout(0.5), new Dropout(0.5, { generator: this.sources[1]! }));
    readonly other = { dropout: new Dropout(0.5, { generator: new Generator(3) }) };

    forward(): void {}
  }
  const model = new Noisy();
  const found = namedGenerators(model);
  expect([...found.keys()]).toEqual(["default", "sources.0", "sources.1", "other.dropout.generator"]);
  expect(found.get("default")).toBe(defaultGenerator());
  expect(generatorsOf(model)).toEqual([...found.values()]);
});

describe("bad arguments", () => {
  test.each([1.5, -0.1, NaN])("a probability of %d is refused", (p) => {
    expect(() => new Dropout(p)).toThrow(ValueError);
    expect(() => new Dropout2d(p)).toThrow(`Dropout2d: dropout probability must lie in [0, 1], got ${p}`);
  });

  test("inplace is refused, not ignored", () => {
    expect(() => new Dropout(0.5, { inplace: true } as object)).toThrow(/Dropout: unknown option inplace/);
  });
});
