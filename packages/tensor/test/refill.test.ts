import {
  DTypeError,
  Generator,
  deviceReport,
  manualSeed,
  memoryStats,
  profile,
  refill,
  refillNormal,
  refillUniform,
  setFusion,
  sum,
  zeros,
} from "@tapegrad/tensor";
import { normals, uniforms } from "@tapegrad/tensor/random";
import { eachDevice } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";

const bounds = fc.tuple(fc.double({ min: -10, max: 10, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }));

eachDevice(() => {
  test("values are bit by bit the generator's, moved in doubles", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 300 }), bounds, (seed, count, [from, extent]) => {
        const [device, host] = [new Generator(seed), new Generator(seed)];
        const target = zeros([count]);
        refillUniform(target, { low: from, high: from + extent, generator: device });
        const width = from + extent - from;
        expect(target.dataSync()).toEqual(uniforms(host, count).map((u) => from + width * u));
        refillNormal(target, { mean: from, std: extent, generator: device });
        expect(target.dataSync()).toEqual(normals(host, count).map((z) => from + extent * z));
        expect(device.getState()).toEqual(host.getState());
      }),
      { numRuns: 100 },
    );
  });

  test("are written in place: views see them, the version grows, and no buffer is left over", () => {
    const target = zeros([2000]);
    const view = target.detach();
    const { buffers } = memoryStats();
    for (const write of [() => refill(target, 3), () => refillNormal(target), () => refillUniform(target)]) {
      const before = target.storage.version;
      expect(write()).toBe(target);
      expect(target.storage.version).toBe(before + 1);
      expect(view.dataSync()).toEqual(target.dataSync());
    }
    expect(memoryStats().buffers).toBe(buffers);
  });
});

test("values that are replaced before anybody reads them are never computed, where kernels may wait", async () => {
  const { fusion } = deviceReport();
  setFusion(true);
  onTestFinished(() => setFusion(fusion));
  const { kernels } = await profile(() => {
    const target = refillNormal(refillUniform(zeros([5000])), { generator: new Generator(3) });
    const drawn = target.dataSync();
    expect(drawn).toEqual(normals(new Generator(3), 5000).map((z) => 0 + z));
    refillUniform(target);
    refill(target, 2);
    expect(sum(target).itemSync()).toBe(10_000);
  });
  const names = kernels.map(({ kernel }) => kernel);
  expect(names).toContain("normal");
  expect(names).not.toContain("uniform");
});

test("the default generator is the one that manualSeed seeds", () => {
  manualSeed(4);
  const drawn = refillUniform(zeros([3])).dataSync();
  expect(drawn).toEqual(uniforms(new Generator(4), 3));
});

test("an empty tensor stays empty, and takes a key all the same", () => {
  const [a, b] = [new Generator(1), new Generator(1)];
  expect(refillNormal(zeros([0]), { generator: a }).size).toBe(0);
  b.key();
  expect(a.getState()).toEqual(b.getState());
});

test("int32 tensors are refused", () => {
  const target = zeros([2], { dtype: "int32" });
  expect(() => refill(target, 1)).toThrow(/^refill: expected a float32 target, got int32/);
  expect(() => refillUniform(target)).toThrow(DTypeError);
  expect(() => refillNormal(target)).toThrow(DTypeError);
});
