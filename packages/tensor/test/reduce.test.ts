import { grad } from "@tapegrad/autograd";
import {
  add,
  amax,
  amin,
  argmax,
  argmin,
  cat,
  DTypeError,
  fromHost,
  IndexError,
  kthvalue,
  logSumExp,
  max,
  mean,
  median,
  min,
  norm,
  ones,
  prod,
  randn,
  reshape,
  ShapeError,
  std,
  sub,
  sum,
  tensor,
  type Tensor,
  variance,
  varMean,
  withDevice,
} from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { eachDevice, expectClose, gridValues, shapes } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const nan = Number.NaN;

function slope(f: (x: Tensor) => Tensor, x: Tensor): Tensor {
  x.requiresGrad = true;
  return grad(sum(f(x)), [x])[0]!;
}

/** Groups the flat values of `shape` by their index without the axes `dims`, in the order of the result. */
function groups(values: readonly number[], shape: readonly number[], dims: readonly number[]): number[][] {
  const kept = shape.map((_, axis) => axis).filter((axis) => !dims.includes(axis));
  const count = kept.reduce((product, axis) => product * shape[axis]!, 1);
  const found: number[][] = Array.from({ length: count }, () => []);
  values.forEach((value, flat) => {
    const index: number[] = [];
    let rest = flat;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    found[kept.reduce((position, axis) => position * shape[axis]! + index[axis]!, 0)]!.push(value);
  });
  return found;
}

eachDevice((device) => {
  test("sums over all, rows and columns", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectClose(sum(x), 21);
    expectClose(sum(x, 1), tensor([6, 15]));
    expectClose(sum(x, 0, { keepDim: true }), tensor([[5, 7, 9]]));
    expectClose(mean(x, -1), tensor([2, 5]));
    expectClose(prod(x, 0), tensor([4, 10, 18]));
  });

  test("int32 sums are int32", () => {
    const total = sum(tensor([1_000_001, 2], { dtype: "int32" }));
    expect(total.dtype).toBe("int32");
    expect(total.itemSync()).toBe(1_000_003);
  });

  test("nothing sums to 0, multiplies to 1, has the mean NaN, and has no maximum", () => {
    const empty = tensor([], { shape: [2, 0] });
    expectClose(sum(empty, 1), tensor([0, 0]));
    expectClose(prod(empty, 1), tensor([1, 1]));
    expectClose(mean(empty), nan);
    expect(() => amax(empty, 1)).toThrow(ShapeError);
    expect(() => argmax(empty, 1)).toThrow(ShapeError);
    expect(amax(empty, 0).shape).toEqual([0]);
  });

  test("NaN wins in every extreme, and its position counts as the extreme one", () => {
    const x = tensor([
      [1, nan, 3, nan],
      [4, 2, 9, 9],
    ]);
    expectClose(amax(x, 1), [nan, 9]);
    expectClose(amin(x, 1), [nan, 2]);
    expect([...argmax(x, 1).dataSync()]).toEqual([1, 2]);
    expect([...argmin(x, 1).dataSync()]).toEqual([1, 1]);
  });

  test("positions are those of the flat tensor without an axis", () => {
    const x = tensor([
      [1, 5],
      [7, 2],
    ]);
    expect(argmax(x).itemSync()).toBe(2);
    expect(argmin(x).itemSync()).toBe(0);
    expect(argmax(x, 0, { keepDim: true }).shape).toEqual([1, 2]);
    expect(argmax(x).dtype).toBe("int32");
  });

  test("max() and amax share the gradient among ties, max(dim) gives it to the first", () => {
    const make = (): Tensor =>
      tensor([
        [3, 1, 3],
        [2, 2, 0],
      ]);
    expectClose(
      slope((x) => max(x), make()),
      [0.5, 0, 0.5, 0, 0, 0],
    );
    expectClose(
      slope((x) => amax(x, 1), make()),
      [0.5, 0, 0.5, 0.5, 0.5, 0],
    );
    expectClose(
      slope((x) => max(x, 1).values, make()),
      [1, 0, 0, 1, 0, 0],
    );
    expectClose(
      slope((x) => min(x, 0).values, make()),
      [0, 1, 0, 1, 0, 1],
    );
    expect([...max(make(), 1).indices.dataSync()]).toEqual([0, 0]);
  });

  test("the gradient of prod is right where factors are 0", () => {
    expectClose(
      slope((x) => prod(x), tensor([0, 2, 3])),
      [6, 0, 0],
    );
    expectClose(
      slope((x) => prod(x), tensor([0, 0, 3])),
      [0, 0, 0],
    );
  });

  test("norms and deviations of 0 have the gradient 0", () => {
    expectClose(
      slope((x) => norm(x), tensor([0, 0])),
      [0, 0],
    );
    expectClose(
      slope((x) => std(x), tensor([5, 5, 5])),
      [0, 0, 0],
    );
    expectClose(
      slope((x) => norm(x), tensor([3, 4])),
      [0.6, 0.8],
    );
  });

  test.each([0.5, 1.5, 3])("norms of order %f have the gradient 0 at 0, as in PyTorch", (p) => {
    expectClose(
      slope((x) => norm(x, { p }), tensor([0, 0])),
      [0, 0],
    );
    expectClose(
      slope((x) => norm(x, { p }), tensor([0, 4])),
      [0, 1],
    );
    expectClose(
      slope((x) => norm(x, { p }), tensor([0, nan, 4])),
      [nan, nan, nan],
    );
  });

  test("variance is unbiased unless told otherwise, and NaN of one value", () => {
    const x = tensor([1, 2, 3, 4]);
    expectClose(variance(x), 5 / 3);
    expectClose(variance(x, undefined, { correction: 0 }), 1.25);
    expectClose(std(x, 0, { correction: 0 }), Math.sqrt(1.25));
    expectClose(variance(tensor([7])), nan);
    const [v, m] = varMean(
      tensor([
        [1, 3],
        [5, 5],
      ]),
      1,
      { keepDim: true },
    );
    expectClose(v, tensor([[2], [0]]));
    expectClose(m, tensor([[2], [5]]));
  });

  test("the gradient of a variance of too few values is ∞ over all, and 0/0 along an axis", () => {
    const slopes = (of: (x: Tensor) => Tensor): Tensor => {
      const x = tensor([2], { requiresGrad: true });
      return grad(sum(of(x)), x)[0];
    };
    expectClose(
      slopes((x) => variance(x)),
      [Infinity],
    );
    expectClose(
      slopes((x) => variance(x, 0)),
      [nan],
    );
    expectClose(
      slopes((x) => variance(reshape(x, []), 0)),
      [Infinity],
    );
    expectClose(
      slopes((x) => varMean(cat([x, add(x, 1)]), undefined, { correction: 2 })[0]),
      [Infinity],
    );
    expectClose(
      slopes((x) => sub(0, varMean(x)[0])),
      [-Infinity],
    );
  });

  test("variance does not suffer from a large mean", () => {
    const x = fromHost(
      Float32Array.from({ length: 1000 }, (_, i) => 4096 + (i % 2 === 0 ? 0.25 : -0.25)),
      [1000],
    );
    expectClose(variance(x, undefined, { correction: 0 }), 0.0625, { rtol: 1e-6, atol: 0 });
  });

  test("logSumExp neither overflows nor loses an empty row", () => {
    const x = tensor([
      [1000, 1000],
      [-1000, -1001],
      [-Infinity, -Infinity],
      [Infinity, 0],
    ]);
    expectClose(logSumExp(x, 1), [1000 + Math.log(2), -1000 + Math.log1p(Math.exp(-1)), -Infinity, Infinity]);
  });

  test("logSumExp of nothing is −∞", () => {
    expectClose(logSumExp(ones([2, 0]), 1), [-Infinity, -Infinity]);
    const kept = logSumExp(ones([0, 2]), 0, { keepDim: true });
    expect(kept.shape).toEqual([1, 2]);
    expectClose(kept, [-Infinity, -Infinity]);
    expect(logSumExp(ones([0, 2]), 1).shape).toEqual([0]);
  });

  test("norms and deviations of 0 have no slope, and no slope of the slope", () => {
    const flat: readonly (readonly [(x: Tensor) => Tensor, number])[] = [
      [(x) => std(x), 0.5],
      [(x) => norm(x), 0],
    ];
    for (const [of, value] of flat) {
      const x = tensor([value, value], { requiresGrad: true });
      const [first] = grad(of(x), x, { createGraph: true });
      expectClose(first, [0, 0]);
      expectClose(grad(first, x, { gradOutputs: tensor([1, -2]) })[0], [0, 0]);
    }
  });

  test("keepDim keeps the axes of every reduction, and changes no value", () => {
    type Kept = { readonly keepDim?: boolean };
    const overAny: Record<string, (x: Tensor, dim: number | number[] | undefined, kept: Kept) => Tensor> = {
      sum,
      mean,
      amax,
      amin,
      variance,
      std,
      logSumExp: (x, dim, kept) => logSumExp(x, dim ?? [0, 1, 2], kept),
      "varMean's variance": (x, dim, kept) => varMean(x, dim, kept)[0],
      "varMean's mean": (x, dim, kept) => varMean(x, dim, kept)[1],
    };
    for (const p of [0.5, 1, 2, 3, Infinity])
      overAny[`norm of order ${p}`] = (x, dim, kept) => norm(x, { p, ...(dim === undefined ? {} : { dim }), ...kept });
    const alongOne: Record<string, (x: Tensor, dim: number, kept: Kept) => Tensor> = {
      prod,
      argmax,
      argmin,
      "max's values": (x, dim, kept) => max(x, dim, kept).values,
      "max's indices": (x, dim, kept) => max(x, dim, kept).indices,
      "min's values": (x, dim, kept) => min(x, dim, kept).values,
      "min's indices": (x, dim, kept) => min(x, dim, kept).indices,
      "median's values": (x, dim, kept) => median(x, dim, kept).values,
      "median's indices": (x, dim, kept) => median(x, dim, kept).indices,
      "kthvalue's values": (x, dim, kept) => kthvalue(x, 2, dim, kept).values,
      "kthvalue's indices": (x, dim, kept) => kthvalue(x, 2, dim, kept).indices,
    };
    const x = randn([2, 3, 4]);
    const check = (label: string, dims: readonly number[], of: (kept: Kept) => Tensor): void => {
      const [kept, dropped] = [of({ keepDim: true }), of({})];
      expect(kept.shape, label).toEqual(x.shape.map((extent, axis) => (dims.includes(axis) ? 1 : extent)));
      expect(dropped.shape, label).toEqual(x.shape.filter((_, axis) => !dims.includes(axis)));
      expect(kept.dataSync(), label).toEqual(dropped.dataSync());
    };
    for (const [label, of] of Object.entries(overAny)) {
      for (const dim of [0, 1, -1, [0, 2], undefined]) {
        const dims = dim === undefined ? [0, 1, 2] : [dim].flat().map((axis) => (axis + 3) % 3);
        check(label, dims, (kept) => of(x, dim, kept));
      }
    }
    for (const [label, of] of Object.entries(alongOne))
      for (const dim of [0, 1, 2]) check(label, [dim], (kept) => of(x, dim, kept));
  });

  test("norms of other orders", () => {
    const x = tensor([
      [3, -4],
      [0, 12],
    ]);
    expectClose(norm(x), 13);
    expectClose(norm(x, { p: 1, dim: 0 }), [3, 16]);
    expectClose(norm(x, { p: Infinity, dim: 1 }), [4, 12]);
  });

  test("reductions over any axes are what a loop over indices gives", () => {
    const cases = shapes({ maxRank: 5, maxExtent: device === "wasm" ? 6 : 3 }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        values: gridValues(shape.reduce((product, extent) => product * extent, 1)),
        dims: fc.subarray(shape.map((_, axis) => axis)),
        keepDim: fc.boolean(),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, values, dims, keepDim }) => {
        const x = tensor(values, { shape });
        const expected = groups(values, shape, dims);
        const total = sum(x, dims, { keepDim });
        expect(total.shape).toEqual(
          keepDim
            ? shape.map((extent, axis) => (dims.includes(axis) ? 1 : extent))
            : shape.filter((_, axis) => !dims.includes(axis)),
        );
        expectClose(
          total,
          expected.map((group) => group.reduce((a, b) => a + b)),
          { rtol: 0, atol: 0 },
        );
        expectClose(
          amax(x, dims),
          expected.map((group) => Math.max(...group)),
          { rtol: 0, atol: 0 },
        );
        expectClose(
          amin(x, dims),
          expected.map((group) => Math.min(...group)),
          { rtol: 0, atol: 0 },
        );
        expectClose(
          mean(x, dims),
          expected.map((group) => group.reduce((a, b) => a + b) / group.length),
          { rtol: 1e-6, atol: 0 },
        );
      }),
      { numRuns: device === "wasm" ? 300 : 100 },
    );
  });

  test("positions of extremes are the first, along any axis", () => {
    const cases = shapes({ minRank: 1, maxRank: 4, maxExtent: device === "wasm" ? 7 : 3 }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        // Few distinct values, so that ties are common.
        values: gridValues(
          shape.reduce((product, extent) => product * extent, 1),
          { step: 1, max: 2 },
        ),
        dim: fc.nat({ max: shape.length - 1 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, values, dim }) => {
        const x = tensor(values, { shape });
        const expected = groups(values, shape, [dim]);
        expect([...argmax(x, dim).dataSync()]).toEqual(expected.map((group) => group.indexOf(Math.max(...group))));
        expect([...argmin(x, dim).dataSync()]).toEqual(expected.map((group) => group.indexOf(Math.min(...group))));
      }),
      { numRuns: 100 },
    );
  });
});

test("a million values are summed as accurately as their magnitudes allow", () => {
  const x = randn([1_000_000]);
  const float64 = new Float64Device();
  for (const [shape, dims] of [
    [[1_000_000], [0]],
    [[500_000, 2], [0]],
    [[2, 500_000], [1]],
    [
      [100, 100, 100],
      [0, 2],
    ],
  ] as const) {
    const values = fromHost(x.dataSync() as Float32Array, shape);
    const actual = sum(values, dims).dataSync();
    const magnitudes = sum(fromHost((x.dataSync() as Float32Array).map(Math.abs), shape), dims).dataSync();
    const exact = withDevice(float64, () => sum(tensor(Array.from(x.dataSync()), { shape }), dims).dataSync());
    actual.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThan(2e-7 * magnitudes[i]!));
  }
});

test("sums of 16777217 ones lose nothing", () => {
  expect(sum(fromHost(new Float32Array(16_777_218).fill(1), [16_777_218])).itemSync()).toBe(16_777_218);
});

test("wrong axes and dtypes are refused", () => {
  const x = tensor([[1, 2]]);
  expect(() => sum(x, 2)).toThrow(new IndexError("sum: dimension 2 is out of range; expected an integer in [-2, 1]"));
  expect(() => sum(x, [0, -2])).toThrow(IndexError);
  expect(() => mean(tensor([1, 2], { dtype: "int32" }))).toThrow(DTypeError);
  expect(() => norm(x, { p: NaN })).toThrow("norm: p must be a number, got NaN");
});

test("deviations and norms are refused under their own names", () => {
  const integers = tensor([1, 2], { dtype: "int32" });
  const named: Readonly<Record<string, (x: Tensor, dim?: number) => unknown>> = {
    std,
    variance,
    varMean,
    "norm ": (x, dim) => norm(x, dim === undefined ? {} : { dim }),
    norm: (x, dim) => norm(x, dim === undefined ? { p: 3 } : { p: Infinity, dim }),
  };
  for (const [name, op] of Object.entries(named)) {
    expect(() => op(integers)).toThrow(
      new DTypeError(`${name.trim()}: expected a float32 x, got int32; convert it with cast(x, "float32")`),
    );
    expect(() => op(ones([2]), 3)).toThrow(IndexError);
    expect(() => op(ones([2]), 3)).toThrow(new RegExp(`^${name.trim()}: `));
  }
  expect(() => norm(ones([2, 0]), { p: Infinity, dim: 1 })).toThrow(ShapeError);
  expect(norm(ones([0, 2]), { p: Infinity, dim: 1 }).shape).toEqual([0]);
});
