import { backward, grad } from "@tapegrad/autograd";
import {
  argsort,
  bincount,
  gather,
  fromHost,
  IndexError,
  kthvalue,
  maskedSelect,
  median,
  mul,
  nonzero,
  searchsorted,
  sort,
  sum,
  setThreads,
  ShapeError,
  tensor,
  topk,
  unique,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

/** Values that are easily equal, or special. */
const values = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(NaN, -0, Infinity, -Infinity),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);

/** The order of torch: NaN after all else. */
function compare(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

/** Positions in sorted order, by JavaScript's stable sort. */
function order(list: readonly number[], descending = false): number[] {
  return list.map((_, i) => i).sort((i, j) => (descending ? -1 : 1) * compare(list[i]!, list[j]!));
}

eachDevice((device) => {
  const most = device === "wasm" ? 300 : 20;
  const runs = device === "wasm" ? 1000 : 40;

  test("sort is stable, with NaN greatest, along any axis and both ways", () => {
    fc.assert(
      fc.property(
        fc.array(values, { minLength: 1, maxLength: most, size: "max" }),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (row, descending, columns) => {
          const expected = order(row, descending);
          const lists = row.map((value) => Array.from({ length: columns }, () => value));
          const { values: sorted, indices } = sort(tensor(lists), { dim: 0, descending });
          const column = (data: ArrayLike<number>): number[] => row.map((_, i) => data[i * columns + columns - 1]!);
          expect(column(indices.dataSync())).toEqual(expected);
          expect(column(sorted.dataSync())).toEqual(expected.map((i) => Math.fround(row[i]!)));
        },
      ),
      { numRuns: runs },
    );
  });

  test("topk, kthvalue and the median are entries of the sorted list", () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: most, size: "max" }), fc.nat(), (row, seed) => {
        const k = 1 + (seed % row.length);
        const x = tensor(row);
        const ascending = order(row);
        expect([...topk(x, k).indices.dataSync()]).toEqual(order(row, true).slice(0, k));
        expect([...topk(x, k, { largest: false }).indices.dataSync()]).toEqual(ascending.slice(0, k));
        expect(kthvalue(x, k).indices.itemSync()).toBe(ascending[k - 1]);
        const nan = row.findIndex(Number.isNaN);
        const middle = nan >= 0 ? nan : ascending[Math.floor((row.length - 1) / 2)]!;
        expect(median(x, 0).indices.itemSync()).toBe(middle);
        expect(median(x).itemSync()).toBe(Math.fround(row[middle]!));
      }),
      { numRuns: runs },
    );
  });

  test("the gradient goes back to where values came from", () => {
    const x = tensor(
      [
        [3, 1, 2],
        [0, 5, 4],
      ],
      { requiresGrad: true },
    );
    const weights = tensor([
      [1, 10, 100],
      [1, 10, 100],
    ]);
    expectClose(grad(sum(mul(sort(x).values, weights)), x)[0]!, [100, 1, 10, 1, 100, 10]);
    expectClose(grad(sum(topk(x, 1, { dim: 0 }).values), x)[0]!, [1, 0, 0, 0, 1, 1]);
    expectClose(grad(sum(median(x, 1).values), x)[0]!, [0, 0, 1, 0, 0, 1]);
    expectClose(grad(sum(kthvalue(x, 3, -1).values), x)[0]!, [1, 0, 0, 0, 1, 0]);
  });

  test("the median of all shares its gradient among equal values, and among NaNs", () => {
    for (const [list, expected] of [
      [
        [2, 2, 2, 2, 1],
        [0.25, 0.25, 0.25, 0.25, 0],
      ],
      [
        [2, NaN, NaN, 2, 1],
        [0, 0.5, 0.5, 0, 0],
      ],
    ] as const) {
      const x = tensor([...list], { requiresGrad: true });
      backward(median(x));
      expectClose(x.grad!, expected);
    }
  });

  test("so does the median of many", () => {
    const list = Array.from({ length: 2001 }, (_, i) => (i * 37) % 667);
    const x = tensor(list, { requiresGrad: true });
    backward(median(x));
    expectClose(
      x.grad!,
      list.map((value) => (value === 333 ? 1 / 3 : 0)),
    );
  });

  test("scalars and empty tensors", () => {
    const scalar = tensor(3);
    expect(sort(scalar).values.itemSync()).toBe(3);
    expect(argsort(scalar, { dim: 0 }).shape).toEqual([]);
    expect(topk(scalar, 1).indices.itemSync()).toBe(0);
    expect(median(scalar, -1).values.shape).toEqual([]);
    expect(sort(zeros([0, 3]), { dim: 0 }).indices.shape).toEqual([0, 3]);
    expect(topk(zeros([2, 0]), 0).values.shape).toEqual([2, 0]);
    expect(median(zeros([0, 2]), 1).values.shape).toEqual([0]);
    expect(median(zeros([0])).itemSync()).toBeNaN();
    expect(median(zeros([2, 3]), 0, { keepDim: true }).values.shape).toEqual([1, 3]);
    const empty = zeros([2, 3], { requiresGrad: true });
    expectClose(grad(sum(topk(empty, 0).values), empty)[0]!, [0, 0, 0, 0, 0, 0]);
  });

  test("int32 is sorted as int32", () => {
    const x = tensor(new Int32Array([5, -7, 5, 1 << 20, -(1 << 20)]));
    const { values: sorted, indices } = sort(x, { descending: true });
    expect(sorted.dtype).toBe("int32");
    expect([...sorted.dataSync()]).toEqual([1 << 20, 5, 5, -7, -(1 << 20)]);
    expect([...indices.dataSync()]).toEqual([3, 0, 2, 1, 4]);
  });
});

describe("on wasm", () => {
  test("the extremes of int32 and long rows are sorted, by any number of threads", () => {
    const list = Array.from({ length: 4000 }, (_, i) => ((i * 2654435761) | 0) >> (i % 28));
    list.push(-(2 ** 31), 2 ** 31 - 1, 0);
    const x = tensor(Int32Array.from([...list, ...list.toReversed()]), { shape: [2, list.length] });
    for (const threads of [1, 2, 3]) {
      setThreads(threads);
      const indices = argsort(x).dataSync();
      expect([...indices.subarray(0, list.length)]).toEqual(order(list));
      expect([...indices.subarray(list.length)]).toEqual(order(list.toReversed()));
      expect([...gather(x, 1, argsort(x)).dataSync().subarray(0, list.length)]).toEqual(list.toSorted((a, b) => a - b));
    }
  });
});

test("what is out of range is refused", () => {
  const x = zeros([2, 3]);
  expect(() => topk(x, 4)).toThrow(
    new IndexError("topk: k 4 is out of range; expected an integer in [0, 3] for axis 1 of shape [2, 3]"),
  );
  expect(() => topk(x, -1)).toThrow(IndexError);
  expect(() => kthvalue(x, 0)).toThrow("kthvalue: k 0 is out of range; expected an integer in [1, 3]");
  expect(() => sort(x, { dim: 2 })).toThrow("sort: dimension 2 is out of range; expected an integer in [-2, 1]");
  expect(() => median(zeros([2, 0]), 1)).toThrow(
    new ShapeError("median: there is no value to choose along axes [1] of shape [2, 0]"),
  );
  expect(() => median(zeros([0], { dtype: "int32" }))).toThrow(ShapeError);
});

test("a whole number is looked for among int32 as such", () => {
  const sorted = tensor(Int32Array.of(2 ** 24, 2 ** 24 + 1, 2 ** 24 + 2));
  expect(searchsorted(sorted, 2 ** 24 + 1).itemSync()).toBe(1);
});

describe("what occurs, counted on the host", () => {
  const int = (...values: number[]) => fromHost(Int32Array.from(values), [values.length]);

  test("numbers of a list are counted, by weights too", async () => {
    expect(await (await bincount(int(4, 3, 6, 3, 4))).array()).toEqual([0, 0, 0, 2, 2, 0, 1]);
    const weighted = await bincount(int(1, 0, 1), { weights: tensor([0.5, 2, 0.25]), minLength: 4 });
    expect([weighted.dtype, await weighted.array()]).toEqual(["float32", [2, 0.75, 0, 0]]);
    expect((await bincount(int())).shape).toEqual([0]);
    await expect(bincount(int(1, -1))).rejects.toThrow(ValueError);
    await expect(bincount(fromHost(new Int32Array(4), [2, 2]))).rejects.toThrow(ShapeError);
  });

  test("places that are not 0, and what a mask chooses", async () => {
    const x = tensor([
      [0, NaN, -1],
      [3, -0, 0],
    ]);
    expect(await (await nonzero(x)).array()).toEqual([
      [0, 1],
      [0, 2],
      [1, 0],
    ]);
    expect([(await nonzero(tensor(2))).shape, (await nonzero(tensor(0))).shape]).toEqual([
      [1, 0],
      [0, 0],
    ]);
    const row = tensor([2, 5, 7], { requiresGrad: true });
    const chosen = await maskedSelect(row, x);
    expect(await chosen.array()).toEqual([5, 7, 2]);
    backward(sum(mul(chosen, tensor([1, 10, 100]))));
    expect(await row.grad!.array()).toEqual([100, 1, 10]);
    await expect(maskedSelect(row, tensor([1, 0]))).rejects.toThrow(/^maskedSelect: shapes/);
  });

  test("values come once, in order, NaNs each for itself", async () => {
    const { values, inverse, counts } = await unique(
      tensor([
        [3, NaN, -1],
        [3, -0, NaN],
      ]),
    );
    expect(await values.array()).toEqual([-1, -0, 3, NaN, NaN]);
    expect(await inverse.array()).toEqual([
      [2, 3, 0],
      [2, 1, 4],
    ]);
    expect(await counts.array()).toEqual([1, 1, 2, 1, 1]);
  });

  test("rows and columns come once, in order", async () => {
    const x = fromHost(Int32Array.from([2, 1, 2, 0, 5, 0, 2, 1, 2]), [3, 3]);
    const rows = await unique(x, { dim: 0 });
    expect(await rows.values.array()).toEqual([
      [0, 5, 0],
      [2, 1, 2],
    ]);
    expect([await rows.inverse.array(), await rows.counts.array()]).toEqual([
      [1, 0, 1],
      [1, 2],
    ]);
    const columns = await unique(x, { dim: -1 });
    expect(await columns.values.array()).toEqual([
      [1, 2],
      [5, 0],
      [1, 2],
    ]);
    expect([await columns.inverse.array(), await columns.counts.array()]).toEqual([
      [1, 0, 1],
      [1, 2],
    ]);
  });

  test("a gradient flows to the first of equal values", async () => {
    const x = tensor([2, 1, 2], { requiresGrad: true });
    backward(sum(mul((await unique(x)).values, tensor([3, 5]))));
    expect(await x.grad!.array()).toEqual([5, 3, 0]);
  });
});
