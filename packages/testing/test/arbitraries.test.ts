import { broadcastShapes, sizeOf } from "@tapegrad/tensor";
import { batchNormConfigurations, broadcastablePairs, conv2dConfigurations, shapes, tensors } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const runs = { seed: 7, numRuns: 300 };

test("broadcastable pairs broadcast to the shape that they say", () => {
  fc.assert(
    fc.property(broadcastablePairs(), ({ a, b, result }) => {
      expect(broadcastShapes("test", a, b)).toEqual(result);
    }),
    runs,
  );
});

test("pairs of unequal rank, and axes that repeat on either side, all occur", () => {
  const pairs = fc.sample(broadcastablePairs(), { ...runs });
  expect(pairs.some(({ a, b }) => a.length < b.length)).toBe(true);
  expect(pairs.some(({ a, b }) => a.length > b.length)).toBe(true);
  expect(
    pairs.some(({ a, b }) => a.length === b.length && a.some((x, i) => x < b[i]!) && a.some((x, i) => x > b[i]!)),
  ).toBe(true);
});

test("shapes keep their bounds", () => {
  fc.assert(
    fc.property(shapes({ minRank: 2, maxRank: 3, minExtent: 0, maxExtent: 2 }), (shape) => {
      expect(shape.length === 2 || shape.length === 3).toBe(true);
      expect(shape.every((extent) => extent >= 0 && extent <= 2)).toBe(true);
    }),
    runs,
  );
});

test("tensors lie on their grid and describe themselves in reports", () => {
  fc.assert(
    fc.property(tensors({ step: 1 / 4, max: 2, offset: 0.5 }), (x) => {
      const values = [...x.dataSync()];
      expect(values).toHaveLength(sizeOf(x.shape));
      expect(values.every((value) => Math.abs(value) <= 2 && Number.isInteger(value * 4 - 0.5))).toBe(true);
      expect(fc.stringify(x)).toBe(`tensor([${x.shape.join(", ")}], [${values.join(", ")}])`);
    }),
    runs,
  );
});

test("a convolution's output shape is the one that a walk over the padded input finds", () => {
  fc.assert(
    fc.property(
      conv2dConfigurations(),
      ({ inputShape, weightShape, stride, padding, dilation, groups, outputShape }) => {
        const positions = (axis: 0 | 1): number => {
          let count = 0;
          const padded = inputShape[2 + axis]! + 2 * padding[axis];
          for (let at = 0; at + dilation[axis] * (weightShape[2 + axis]! - 1) < padded; at += stride[axis]) count++;
          return count;
        };
        expect(outputShape).toEqual([inputShape[0], weightShape[0], positions(0), positions(1)]);
        expect(Math.min(...outputShape)).toBeGreaterThan(0);
        expect(inputShape[1]).toBe(weightShape[1] * groups);
        expect(weightShape[0] % groups).toBe(0);
      },
    ),
    runs,
  );
});

test("every batch of a batch norm has more than one value per channel, and special momenta occur", () => {
  const found = fc.sample(batchNormConfigurations(), { ...runs });
  for (const { features, batchShapes } of found) {
    for (const [n, c, h, w] of batchShapes) expect([c, n * h * w > 1]).toEqual([features, true]);
  }
  for (const momentum of [0, 1, null]) expect(found.some((each) => each.momentum === momentum)).toBe(true);
});
