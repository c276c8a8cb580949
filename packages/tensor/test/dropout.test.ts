import { grad } from "@tapegrad/autograd";
import {
  Generator,
  ShapeError,
  applyKeepMask,
  dropout,
  dropout2d,
  manualSeed,
  ones,
  randn,
  sum,
  tensor,
  useDevice,
} from "@tapegrad/tensor";
import { eachDevice, expectClose, portableDevices } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

eachDevice((device) => {
  test("what stays is scaled by exactly 1/(1 − p), the rest is 0", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.integer(), (p, seed) => {
        const values = dropout(ones([97]), p, { generator: new Generator(seed) }).dataSync();
        for (const value of values) expect([0, Math.fround(1 / (1 - p))]).toContain(value);
      }),
      { numRuns: 100 },
    );
  });

  test("the share that stays is 1 − p, so the mean is kept", () => {
    const n = 40_000;
    for (const p of [0.1, 0.5, 0.8]) {
      const mean = sum(dropout(ones([n]), p, { generator: new Generator(11) })).itemSync() / n;
      // Six standard deviations of a mean of n draws.
      expect(Math.abs(mean - 1)).toBeLessThan(6 * Math.sqrt(p / (1 - p) / n));
    }
  });

  test("the gradient passes where the value passed, scaled alike", () => {
    const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], { requiresGrad: true });
    const y = dropout(x, 0.5, { generator: new Generator(1) });
    const slopes = grad(sum(y), [x])[0]!.dataSync();
    expectClose(
      y,
      Array.from(slopes, (slope, i) => slope * (i + 1)),
    );
    expect(new Set(slopes)).toEqual(new Set([0, 2]));
  });

  test("p = 1 gives zeros and zero gradients", () => {
    const x = tensor([1, -2, 3], { requiresGrad: true });
    const y = dropout(x, 1);
    expect([...y.dataSync()].map(Math.abs)).toEqual([0, 0, 0]);
    expect([...grad(sum(y), [x])[0]!.dataSync()]).toEqual([0, 0, 0]);
  });

  test("p = 0 and eval are the identity, and draw nothing", () => {
    const x = randn([5]);
    const generator = new Generator(4);
    const before = generator.getState();
    expect(dropout(x, 0, { generator })).toBe(x);
    expect(dropout(x, 0.9, { training: false, generator })).toBe(x);
    expect(generator.getState()).toEqual(before);
  });

  test("dropout2d drops whole channels", () => {
    const values = dropout2d(ones([6, 8, 3, 2]), 0.5, { generator: new Generator(2) }).dataSync();
    const channels = Array.from({ length: 48 }, (_, i) => Array.from(values.subarray(6 * i, 6 * i + 6)));
    for (const channel of channels) expect(new Set(channel).size).toBe(1);
    expect(new Set(channels.map((channel) => channel[0]))).toEqual(new Set([0, 2]));
  });

  test("a given mask is applied as torch applies its own", () => {
    const x = tensor([1, 2, 3, 4], { requiresGrad: true });
    const y = applyKeepMask(x, tensor([1, 0, 0, 1]), 0.2);
    expectClose(y, [1.25, 0, 0, 5]);
    expectClose(grad(sum(y), [x])[0]!, [1.25, 0, 0, 1.25]);
  });

  test("the same seed gives the same mask on every device", async () => {
    const draw = (): number[] => [...dropout(ones([501]), 0.3, { generator: new Generator("masks") }).dataSync()];
    const here = draw();
    for (const other of portableDevices) {
      await useDevice(other);
      expect(draw()).toEqual(here);
    }
    await useDevice(device);
  });

  test("without a generator, the one that manualSeed seeds serves, and goes on", () => {
    manualSeed(8);
    const [first, second] = [dropout(ones([64]), 0.5).dataSync(), dropout(ones([64]), 0.5).dataSync()];
    expect(first).not.toEqual(second);
    manualSeed(8);
    expect(dropout(ones([64]), 0.5).dataSync()).toEqual(first);
  });
});

test("probabilities outside [0, 1], int32 and vectors as images are refused", () => {
  expect(() => dropout(ones([2]), 1.5)).toThrow("dropout: p must lie in [0, 1], got 1.5");
  expect(() => dropout(ones([2]), NaN)).toThrow("dropout: p must lie in [0, 1], got NaN");
  expect(() => dropout(tensor([1], { dtype: "int32" }))).toThrow("dropout: expected a float32 x, got int32");
  expect(() => dropout2d(ones([2, 3]))).toThrow(ShapeError);
});
