import { grad } from "@tapegrad/autograd";
import {
  adaptiveAvgPool2d,
  avgPool2d,
  fromHost,
  maxPool2d,
  maxPool2dWithIndices,
  ones,
  randn,
  setThreads,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose, gridValues } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { averagePoolReference, maxPoolReference, pooledExtent, type Pooling } from "./reference/pool2d.ts";

const exact = { rtol: 0, atol: 0 };

/** One axis of a pooling with at least one window. */
const axis = fc.integer({ min: 1, max: 4 }).chain((kernel) =>
  fc
    .record({
      kernel: fc.constant(kernel),
      stride: fc.integer({ min: 1, max: 4 }),
      padding: fc.integer({ min: 0, max: Math.floor(kernel / 2) }),
      dilation: fc.integer({ min: 1, max: 3 }),
      slack: fc.integer({ min: 0, max: 6 }),
    })
    .map(({ slack, ...rest }) => ({
      ...rest,
      input: Math.max(1, rest.dilation * (kernel - 1) + 1 - 2 * rest.padding) + slack,
    })),
);

const poolings: fc.Arbitrary<Pooling> = fc
  .record({ y: axis, x: axis, planes: fc.integer({ min: 1, max: 4 }), ceilMode: fc.boolean() })
  .map(({ y, x, ...rest }) => ({
    ...rest,
    input: [y.input, x.input],
    kernel: [y.kernel, x.kernel],
    stride: [y.stride, x.stride],
    padding: [y.padding, x.padding],
    dilation: [y.dilation, x.dilation],
  }));

/** A pooling and values for its planes, with ties, and now and then a NaN or infinity. */
const poolingsOfValues = poolings.chain((pooling) => {
  const size = pooling.planes * pooling.input[0] * pooling.input[1];
  const odd = fc.array(fc.constantFrom(NaN, Infinity, -Infinity), { maxLength: 2 });
  return fc.tuple(fc.constant(pooling), gridValues(size, { step: 1, max: 3 }), odd, fc.integer({ min: 0 }));
});

/** Max pooling of `values` and its gradient equal a loop, with a gradient and without. */
function expectMaxima([pooling, values]: readonly [Pooling, readonly number[]]): void {
  const { planes, input, kernel, ...options } = pooling;
  const x = fromHost(Float32Array.from(values), [planes, ...input], true);
  const expected = maxPoolReference(pooling, values);
  const [found, places] = maxPool2dWithIndices(x, kernel, options);
  expectClose(found, expected.values, exact);
  expect([...places.dataSync()]).toEqual(expected.places);
  expectClose(maxPool2d(x.detach(), kernel, options), expected.values, exact);
  const dx = new Float32Array(values.length);
  const windows = expected.places.length / planes;
  expected.places.forEach((place, i) => (dx[Math.floor(i / windows) * input[0] * input[1] + place]! += i + 1));
  const counts = Float32Array.from(expected.places, (_, i) => i + 1);
  expectClose(grad([found], [x], { gradOutputs: [fromHost(counts, found.shape)] })[0]!, dx, exact);
}

eachDevice((name) => {
  const runs = name === "gpu:cpu" ? 30 : 120;

  test("the largest of each 2 × 2, and where it stands", () => {
    const [values, indices] = maxPool2dWithIndices(
      tensor([
        [
          [1, 2, 5, 6],
          [3, 4, 8, 7],
        ],
      ]),
      2,
    );
    expectClose(values, [4, 8]);
    expect([...indices.dataSync()]).toEqual([5, 6]);
  });

  test("of equal values the first takes the gradient", () => {
    const x = ones([1, 1, 4, 4], { requiresGrad: true });
    expectClose(grad([sum(maxPool2d(x, 2))], [x])[0]!, [1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0], exact);
  });

  test("a NaN in a window is its result", () => {
    const [values, indices] = maxPool2dWithIndices(
      tensor([
        [
          [1, NaN, 3],
          [NaN, 5, 6],
          [7, 8, 9],
        ],
      ]),
      2,
      { stride: 1 },
    );
    expectClose(values, [NaN, NaN, NaN, 9]);
    expect([...indices.dataSync()]).toEqual([3, 1, 3, 8]);
  });

  test("a window that misses the image is −∞ and gives no gradient", () => {
    const x = randn([1, 1, 2, 2], { requiresGrad: true });
    const [values, indices] = maxPool2dWithIndices(x, 2, { stride: 2, padding: 1, dilation: 3 });
    expectClose(values, [-Infinity]);
    expect([...indices.dataSync()]).toEqual([-1]);
    expectClose(grad([values], [x], { gradOutputs: [ones([1, 1, 1, 1])] })[0]!, [0, 0, 0, 0], exact);
  });

  test("max pooling and its gradient equal a loop, for any windows", () => {
    fc.assert(
      fc.property(poolingsOfValues, ([pooling, values, odd, seed]) => {
        odd.forEach((value, i) => (values[(seed + 7 * i) % values.length] = value));
        const { planes, input, kernel, stride, padding, dilation, ceilMode } = pooling;
        const x = fromHost(Float32Array.from(values), [planes, ...input], true);
        const [found, places] = maxPool2dWithIndices(x, kernel, { stride, padding, dilation, ceilMode });
        const expected = maxPoolReference(pooling, values);
        expect(found.shape).toEqual([planes, ...pooledExtent(pooling)]);
        expectClose(found, expected.values, exact);
        expect([...places.dataSync()]).toEqual(expected.places);
        const counts = Float32Array.from(expected.places, (_, i) => i + 1);
        const dx = new Float32Array(values.length);
        const windows = expected.places.length / planes;
        expected.places.forEach((place, i) => {
          if (place >= 0) dx[Math.floor(i / windows) * input[0] * input[1] + place]! += i + 1;
        });
        expectClose(grad([found], [x], { gradOutputs: [fromHost(counts, found.shape)] })[0]!, dx, exact);
      }),
      { numRuns: runs },
    );
  });

  test("max pooling of 2 × 2, side by side or nearly so, equals a loop, with gradient and without", () => {
    const nearPairs = fc
      .record({
        planes: fc.integer({ min: 1, max: 3 }),
        input: fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 19 })),
        ceilMode: fc.boolean(),
        odd: fc.constantFrom<Partial<Pooling>>(
          {},
          { dilation: [1, 2] },
          { dilation: [2, 1] },
          { stride: [1, 2] },
          { stride: [2, 1] },
          { padding: [0, 1] },
          { padding: [1, 0] },
          { kernel: [3, 2] },
          { kernel: [2, 3] },
          { kernel: [1, 2] },
          { kernel: [2, 1] },
        ),
      })
      .map(({ odd, ...rest }): Pooling => {
        const pairs = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] } as const;
        return { ...rest, ...pairs, ...odd };
      })
      .chain((pooling) =>
        fc.tuple(fc.constant(pooling), gridValues(pooling.planes * pooling.input[0] * pooling.input[1], { step: 1 })),
      );
    fc.assert(fc.property(nearPairs, expectMaxima), { numRuns: runs });
  });

  // What lies past a plane is larger than what is in it.
  test.each(
    [4, 5].flatMap((height) =>
      [8, 9, 10].flatMap((width) => [false, true].map((ceilMode) => ({ height, width, ceilMode }))),
    ),
  )("max pooling of 2 × 2 ends with planes of $height × $width, ceil mode $ceilMode", ({ height, width, ceilMode }) => {
    const pairs = { kernel: [2, 2], stride: [2, 2], padding: [0, 0], dilation: [1, 1] } as const;
    expectMaxima([
      { planes: 3, input: [height, width], ceilMode, ...pairs },
      Array.from({ length: 3 * height * width }, (_, i) => i),
    ]);
  });

  test("average pooling equals a loop, for any windows and divisors", () => {
    const options = fc.record({ countIncludePad: fc.boolean(), divisorOverride: fc.constantFrom(null, null, 3, -2) });
    fc.assert(
      fc.property(poolingsOfValues, options, ([windows, values], divisors) => {
        const pooling: Pooling = { ...windows, dilation: [1, 1] };
        const { planes, input, kernel, stride, padding, ceilMode } = pooling;
        const x = fromHost(Float32Array.from(values), [planes, ...input]);
        const y = avgPool2d(x, kernel, { stride, padding, ceilMode, ...divisors });
        expectClose(y, averagePoolReference(pooling, values, divisors), { rtol: 1e-6, atol: 1e-6 });
      }),
      { numRuns: runs },
    );
  });

  test("a pooling is not taken for an earlier one of nearly the same geometry", () => {
    const values = Array.from({ length: 162 }, (_, i) => (i * 37) % 29);
    const base: Pooling = {
      planes: 2,
      input: [9, 9],
      kernel: [3, 3],
      stride: [4, 4],
      padding: [0, 0],
      dilation: [1, 1],
      ceilMode: false,
    };
    const check = (pooling: Pooling): void => {
      const { planes, input, kernel, ...options } = pooling;
      const x = fromHost(Float32Array.from(values), [planes, ...input], true);
      const expected = maxPoolReference(pooling, values);
      const y = maxPool2d(x, kernel, options);
      expectClose(y, expected.values, exact);
      expectClose(maxPool2d(x.detach(), kernel, options), expected.values, exact);
      const dx = new Float32Array(values.length);
      expected.places.forEach((place, i) => (dx[Math.floor((i * planes) / expected.places.length) * 81 + place]! += 1));
      expectClose(grad([sum(y)], [x])[0]!, dx, exact);
      const { dilation: _, ...plain } = options;
      const flat: Pooling = { ...pooling, dilation: [1, 1] };
      for (const countIncludePad of [true, false]) {
        const divisors = { countIncludePad, divisorOverride: null };
        const average = avgPool2d(x, kernel, { ...plain, ...divisors });
        expectClose(average, averagePoolReference(flat, values, divisors), { rtol: 1e-6, atol: 1e-6 });
      }
    };
    const others: readonly Partial<Pooling>[] = [
      { padding: [1, 1] },
      { padding: [0, 1] },
      { padding: [1, 0] },
      { dilation: [2, 2] },
      { dilation: [1, 2] },
      { stride: [5, 5] },
      { stride: [4, 5] },
      { kernel: [4, 4] },
      { kernel: [2, 3] },
      { ceilMode: true },
    ];
    check(base);
    for (const other of others) {
      check({ ...base, ...other });
      check(base);
    }
  });

  test("averages over rows longer than a few lanes, and their gradients, equal a loop", () => {
    const wide = fc
      .record({ kernel: fc.integer({ min: 5, max: 23 }), stride: fc.integer({ min: 1, max: 9 }), rest: fc.nat(11) })
      .chain(({ kernel, stride, rest }) => {
        const input = [4, kernel + rest] as const;
        const pooling = {
          planes: 2,
          input,
          kernel: [3, kernel],
          stride: [2, stride],
          padding: [1, kernel >> 2],
        } as const;
        return fc.tuple(fc.constant(pooling), fc.boolean(), gridValues(8 * (kernel + rest), { step: 1 }));
      });
    fc.assert(
      fc.property(wide, ([windows, ceilMode, values]) => {
        const pooling: Pooling = { ...windows, ceilMode, dilation: [1, 1] };
        const { planes, input, kernel, stride, padding } = pooling;
        const x = fromHost(Float32Array.from(values), [planes, ...input], true);
        const y = avgPool2d(x, kernel, { stride, padding, ceilMode });
        const average = (each: ArrayLike<number>): number[] =>
          averagePoolReference(pooling, each, { countIncludePad: true, divisorOverride: null });
        expectClose(y, average(values), { rtol: 1e-6, atol: 1e-6 });
        // The gradient is the adjoint: what it says of a value is what the average of that value alone says.
        const g = Float32Array.from({ length: y.size }, (_, i) => (i % 7) - 3);
        const dx = grad([y], [x], { gradOutputs: [fromHost(g, y.shape)] })[0]!;
        const alone = values.map((_, at) => {
          const unit = new Float32Array(values.length);
          unit[at] = 1;
          return average(unit).reduce((sum, share, i) => sum + share * g[i]!, 0);
        });
        expectClose(dx, alone, { rtol: 1e-5, atol: 1e-5 });
      }),
      { numRuns: name === "gpu:cpu" ? 10 : 30 },
    );
  });

  test("adaptive averages: bin i covers ⌊i·h/o⌋ to ⌈(i+1)·h/o⌉", () => {
    expectClose(adaptiveAvgPool2d(tensor([[[1, 2, 3, 4, 5]]]), [1, 3]), [1.5, 3, 4.5]);
    expectClose(adaptiveAvgPool2d(tensor([[[1, 2]]]), [null, 3]), [1, 1.5, 2]);
  });

  test("an average hands each value an equal share of its gradient, overlaps add up", () => {
    const x = zeros([1, 1, 3], { requiresGrad: true });
    expectClose(grad([sum(avgPool2d(x, [1, 2], { stride: 1 }))], [x])[0]!, [0.5, 1, 0.5]);
  });

  test("an empty batch gives an empty batch", () => {
    const x = zeros([0, 3, 4, 4], { requiresGrad: true });
    for (const y of [maxPool2d(x, 2), avgPool2d(x, 2), adaptiveAvgPool2d(x, 2)]) {
      expect(y.shape).toEqual([0, 3, 2, 2]);
      expect(grad([sum(y)], [x])[0]!.shape).toEqual([0, 3, 4, 4]);
    }
  });
});

describe("threads", () => {
  test("results are the same to the last bit for any number of threads", () => {
    const x = randn([40, 3, 27, 26]);
    const run = (): readonly ArrayLike<number>[] =>
      [...maxPool2dWithIndices(x, 3, { stride: 2 }), avgPool2d(x, 5, { stride: 3 })].map((y) => y.dataSync());
    setThreads(1);
    const alone = run();
    setThreads(3);
    expect(run()).toEqual(alone);
  });
});

describe("refusals", () => {
  const x = zeros([1, 1, 4, 4]);

  test.each<[string, () => Tensor, typeof ShapeError | typeof ValueError, string]>([
    [
      "padding",
      () => maxPool2d(x, 2, { padding: 2 }),
      ValueError,
      "maxPool2d: padding must be at most half of the kernel size, got 2 × 2 for a kernel of 2 × 2",
    ],
    [
      "kernel",
      () => maxPool2d(x, 0),
      ValueError,
      "maxPool2d: kernelSize must be a positive integer or a pair of them, got 0",
    ],
    [
      "stride",
      () => avgPool2d(x, 2, { stride: [1, 0] }),
      ValueError,
      "avgPool2d: stride must be a positive integer or a pair of them, got [1, 0]",
    ],
    [
      "small image",
      () => maxPool2d(x, 5),
      ShapeError,
      "maxPool2d: input [1, 1, 4, 4] is too small for a kernel of 5 × 5: the output would be 0 × 0",
    ],
    [
      "rank",
      () => maxPool2d(zeros([4, 4]), 2),
      ShapeError,
      "maxPool2d: expected an input of shape [n, c, h, w] or [c, h, w], of which only n may be 0, got shape [4, 4]",
    ],
    [
      "no channels",
      () => avgPool2d(zeros([1, 0, 4, 4]), 2),
      ShapeError,
      "of which only n may be 0, got shape [1, 0, 4, 4]",
    ],
    [
      "divisor",
      () => avgPool2d(x, 2, { divisorOverride: 0 }),
      ValueError,
      "avgPool2d: divisorOverride must be an integer other than 0, got 0",
    ],
    [
      "bins",
      () => adaptiveAvgPool2d(x, [1.5, 2]),
      ValueError,
      "adaptiveAvgPool2d: outputSize must be a positive integer or null, for rows and columns, got 1.5",
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
