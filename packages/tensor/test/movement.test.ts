import { grad } from "@tapegrad/autograd";
import {
  add,
  arange,
  broadcastTo,
  cat,
  flatten,
  flip,
  fromHost,
  gather,
  IndexError,
  indexAdd,
  indexPut,
  indexSelect,
  mul,
  oneHot,
  pad,
  permute,
  reshape,
  ones,
  roll,
  scatter,
  scatterAdd,
  scatterReduce,
  ShapeError,
  slice,
  squeeze,
  stack,
  sum,
  tensor,
  type Tensor,
  transpose,
  unsqueeze,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose, shapes } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

const list = (...values: number[]): Tensor => tensor(Int32Array.from(values));

/** 0, 1, 2, … in `shape`: every element tells where it came from. */
function counted(shape: readonly number[]): Tensor {
  return reshape(arange(shape.reduce((product, extent) => product * extent, 1)), shape);
}

/** All indices of a shape, in row-major order. */
function indicesOf(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, extent) => found.flatMap((index) => Array.from({ length: extent }, (_, i) => [...index, i])),
    [[]],
  );
}

function flatIndex(shape: readonly number[], index: readonly number[]): number {
  return shape.reduce((position, extent, axis) => position * extent + index[axis]!, 0);
}

eachDevice((device) => {
  const numRuns = device === "wasm" ? 300 : 100;
  const maxExtent = device === "wasm" ? 9 : 4;

  test("views share storage: what is assigned to one is seen by all", () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    const views = [reshape(x, [3, -1]), flatten(x), unsqueeze(x, 0), squeeze(unsqueeze(x, 1)), reshape(x, x.shape)];
    x.assign(
      tensor([
        [6, 5, 4],
        [3, 2, 1],
      ]),
    );
    for (const view of views) expectClose(flatten(view), [6, 5, 4, 3, 2, 1]);
  });

  test("disposing of a view leaves the tensor alone", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    for (const view of [reshape(x, x.shape), permute(x, [0, 1]), broadcastTo(x, [2, 2]), cat([x]), squeeze(x)])
      view.dispose();
    expectClose(x, [1, 2, 3, 4]);
  });

  test("shapes after flatten, squeeze and unsqueeze", () => {
    const x = zeros([2, 1, 3, 1]);
    expect(flatten(x).shape).toEqual([6]);
    expect(flatten(x, 1).shape).toEqual([2, 3]);
    expect(flatten(x, 1, 2).shape).toEqual([2, 3, 1]);
    expect(flatten(tensor(4)).shape).toEqual([1]);
    expect(squeeze(x).shape).toEqual([2, 3]);
    expect(squeeze(x, 1).shape).toEqual([2, 3, 1]);
    expect(squeeze(x, 0).shape).toEqual([2, 1, 3, 1]);
    expect(unsqueeze(x, -1).shape).toEqual([2, 1, 3, 1, 1]);
  });

  test("slices by Python's rules", () => {
    const x = tensor([0, 1, 2, 3, 4, 5]);
    expectClose(slice(x, 0, 1, 4), [1, 2, 3]);
    expectClose(slice(x, 0, -2), [4, 5]);
    expectClose(slice(x, 0, 0, -1, 2), [0, 2, 4]);
    expectClose(slice(x, 0, -100, 100, 4), [0, 4]);
    expect(slice(x, 0, 4, 2).shape).toEqual([0]);
  });

  test("pads, crops, flips, joins and stacks", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    expectClose(
      pad(
        x,
        [
          [1, 0],
          [0, 1],
        ],
        { value: 9 },
      ),
      tensor([
        [9, 9, 9],
        [1, 2, 9],
        [3, 4, 9],
      ]),
    );
    expectClose(
      pad(x, [
        [-1, 0],
        [1, -1],
      ]),
      tensor([[0, 3]]),
    );
    expectClose(
      flip(x, 1),
      tensor([
        [2, 1],
        [4, 3],
      ]),
    );
    expectClose(
      cat([x, x], 1),
      tensor([
        [1, 2, 1, 2],
        [3, 4, 3, 4],
      ]),
    );
    expectClose(
      stack([x, x], 2),
      tensor([
        [
          [1, 1],
          [2, 2],
        ],
        [
          [3, 3],
          [4, 4],
        ],
      ]),
    );
    expect(cat([x, zeros([0, 2])]).shape).toEqual([2, 2]);
  });

  test("joining int32 and float32 makes float32", () => {
    const y = cat([list(1, 2), tensor([0.5])]);
    expect(y.dtype).toBe("float32");
    expectClose(y, [1, 2, 0.5]);
    expect([...pad(list(1, 2), [[1, 1]], { value: -7 }).dataSync()]).toEqual([-7, 1, 2, -7]);
  });

  test("picks rows, and adds their gradients up", () => {
    const x = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { requiresGrad: true },
    );
    const picked = indexSelect(x, 0, list(2, 0, 2));
    expectClose(
      picked,
      tensor([
        [5, 6],
        [1, 2],
        [5, 6],
      ]),
    );
    expectClose(
      grad(sum(mul(picked, tensor([[1], [10], [100]]))), [x])[0]!,
      tensor([
        [10, 10],
        [0, 0],
        [101, 101],
      ]),
    );
  });

  test("gathers and scatters, also what comes twice", () => {
    const index = tensor(
      [
        [0, 0],
        [1, 0],
      ],
      { dtype: "int32" },
    );
    expectClose(
      gather(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        1,
        index,
      ),
      tensor([
        [1, 1],
        [4, 3],
      ]),
    );
    expectClose(
      scatterAdd(
        zeros([2, 2]),
        1,
        index,
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
      tensor([
        [3, 0],
        [4, 3],
      ]),
    );
    expectClose(
      oneHot(list(1, 0, 2), 3),
      tensor([
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
      ]),
    );
  });

  test("permute puts axis dims[i] at i", () => {
    const cases = shapes({ maxRank: 5, maxExtent }).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        ),
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, dims]) => {
        const y = permute(counted(shape), dims);
        expect(y.shape).toEqual(dims.map((dim) => shape[dim]));
        expect([...y.dataSync()]).toEqual(
          indicesOf(y.shape).map((index) =>
            flatIndex(
              shape,
              shape.map((_, axis) => index[dims.indexOf(axis)]!),
            ),
          ),
        );
      }),
      { numRuns },
    );
  });

  test("a slice of any axis is what Array.slice and a step give", () => {
    const cases = shapes({ minRank: 1, maxRank: 4, maxExtent }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        dim: fc.nat({ max: shape.length - 1 }),
        start: fc.integer({ min: -12, max: 12 }),
        end: fc.integer({ min: -12, max: 12 }),
        step: fc.integer({ min: 1, max: 4 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, dim, start, end, step }) => {
        const positions = Array.from({ length: shape[dim]! }, (_, i) => i)
          .slice(start, end)
          .filter((_, i) => i % step === 0);
        const y = slice(counted(shape), dim, start, end, step);
        expect(y.shape).toEqual(shape.map((extent, axis) => (axis === dim ? positions.length : extent)));
        expect([...y.dataSync()]).toEqual(
          indicesOf(y.shape).map((index) =>
            flatIndex(
              shape,
              index.map((i, axis) => (axis === dim ? positions[i]! : i)),
            ),
          ),
        );
      }),
      { numRuns },
    );
  });

  test("what pad adds, slicing takes away, and only that was added", () => {
    const cases = shapes({ minRank: 1, maxRank: 4, maxExtent }).chain((shape) =>
      fc.tuple(
        fc.constant(shape),
        fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), {
          minLength: shape.length,
          maxLength: shape.length,
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ([shape, amounts]) => {
        const x = add(counted(shape), 1);
        const padded = pad(x, amounts);
        let inner = padded;
        amounts.forEach(([before], axis) => (inner = slice(inner, axis, before, before + shape[axis]!)));
        expect([...inner.dataSync()]).toEqual([...x.dataSync()]);
        expect(sum(padded).itemSync()).toBe(sum(x).itemSync());
      }),
      { numRuns: 100 },
    );
  });

  test("slicing what cat joined gives the parts back", () => {
    const cases = shapes({ minRank: 1, maxRank: 3, maxExtent: 4 }).chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        dim: fc.nat({ max: shape.length - 1 }),
        extents: fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 9 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ shape, dim, extents }) => {
        const parts = extents.map((extent, i) =>
          add(counted(shape.map((own, axis) => (axis === dim ? extent : own))), 100 * i),
        );
        const joined = cat(parts, dim);
        let start = 0;
        for (const part of parts) {
          const found = slice(joined, dim, start, start + part.shape[dim]!);
          expect(found.shape).toEqual(part.shape);
          expect([...found.dataSync()]).toEqual([...part.dataSync()]);
          start += part.shape[dim]!;
        }
        expect(joined.shape[dim]).toBe(start);
      }),
      { numRuns: 100 },
    );
  });

  test("broadcastTo repeats, and flip twice is the identity", () => {
    fc.assert(
      fc.property(shapes({ minRank: 1, maxRank: 4, maxExtent }), fc.infiniteStream(fc.boolean()), (shape, coins) => {
        const own = shape.map((extent) => (coins.next().value ? 1 : extent));
        const y = broadcastTo(counted(own), shape);
        expect([...y.dataSync()]).toEqual(
          indicesOf(shape).map((index) =>
            flatIndex(
              own,
              index.map((i, axis) => (own[axis] === 1 ? 0 : i)),
            ),
          ),
        );
        const dims = shape.map((_, axis) => axis).filter(() => coins.next().value);
        expect([...flip(flip(y, dims), dims).dataSync()]).toEqual([...y.dataSync()]);
        expect([...flip(counted(shape), dims).dataSync()]).toEqual(
          indicesOf(shape).map((index) =>
            flatIndex(
              shape,
              index.map((i, axis) => (dims.includes(axis) ? shape[axis]! - 1 - i : i)),
            ),
          ),
        );
      }),
      { numRuns: 100 },
    );
  });

  test("gather reads, and scatterAdd is its adjoint: ⟨gather(x), y⟩ = ⟨x, scatterAdd(0, y)⟩", () => {
    const cases = shapes({ minRank: 1, maxRank: 3, maxExtent: 4 }).chain((shape) =>
      fc.nat({ max: shape.length - 1 }).chain((dim) =>
        fc.integer({ min: 1, max: 5 }).chain((count) => {
          const picks = shape.map((extent, axis) => (axis === dim ? count : extent));
          const size = picks.reduce((product, extent) => product * extent, 1);
          return fc.record({
            shape: fc.constant(shape),
            dim: fc.constant(dim),
            picks: fc.constant(picks),
            positions: fc.array(fc.nat({ max: shape[dim]! - 1 }), { minLength: size, maxLength: size }),
          });
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ({ shape, dim, picks, positions }) => {
        const index = tensor(Int32Array.from(positions), { shape: picks });
        const x = counted(shape);
        const y = add(counted(picks), 1);
        const gathered = gather(x, dim, index);
        expect([...gathered.dataSync()]).toEqual(
          indicesOf(picks).map((at, k) =>
            flatIndex(
              shape,
              at.map((i, axis) => (axis === dim ? positions[k]! : i)),
            ),
          ),
        );
        const scattered = scatterAdd(zeros(shape), dim, index, y);
        expect(sum(mul(x, scattered)).itemSync()).toBe(sum(mul(gathered, y)).itemSync());
      }),
      { numRuns: 100 },
    );
  });
});

test("large transposes and permutations move every element", () => {
  for (const [rows, columns] of [
    [33, 65],
    [128, 100],
    [1, 70],
    [257, 3],
  ] as const) {
    const y = transpose(counted([rows, columns]), 0, 1).dataSync();
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        if (y[c * rows + r] !== r * columns + c) expect([r, c, y[c * rows + r]]).toEqual("moved");
  }
  const back = permute(permute(counted([5, 33, 7, 40]), [0, 2, 3, 1]), [0, 3, 1, 2]).dataSync();
  expect(back.every((value, i) => value === i)).toBe(true);
});

test("wrong shapes, axes and positions are refused, saying what came", () => {
  const x = zeros([2, 3]);
  expect(() => reshape(x, [4])).toThrow(new ShapeError("reshape: 6 values of shape [2, 3] do not fill [4]"));
  expect(() => reshape(x, [-1, 4])).toThrow(ShapeError);
  expect(() => reshape(x, [-1, -1])).toThrow(ShapeError);
  expect(() => roll(x, [1, 0.5], [0, 1])).toThrow(
    new ValueError("roll: shifts must be an integer or a list of integers, got [1, 0.5]"),
  );
  expect(() => permute(x, [0, 0])).toThrow(new ShapeError("permute: expected every axis of [2, 3] once, got [0, 0]"));
  expect(() => broadcastTo(x, [3, 3])).toThrow(
    new ShapeError("broadcastTo: shape [2, 3] does not broadcast to [3, 3]"),
  );
  expect(() => slice(x, 2, 0)).toThrow(IndexError);
  expect(() => slice(x, 0, 0, 2, 0)).toThrow(new ValueError("slice: step must be a positive integer, got 0"));
  expect(() => slice(x, 0, 0.5)).toThrow(ValueError);
  expect(() => slice(tensor(1), 0, 0)).toThrow(IndexError);
  expect(() => pad(x, [[1, 1]])).toThrow(ShapeError);
  expect(() =>
    pad(x, [
      [-3, 0],
      [0, 0],
    ]),
  ).toThrow(ShapeError);
  expect(() => cat([])).toThrow(ShapeError);
  expect(() => cat([x, zeros([2, 4])])).toThrow(ShapeError);
  expect(() => stack([x, zeros([3, 2])])).toThrow(ShapeError);
  expect(() => flatten(x, 1, 0)).toThrow(Error);
});

test("sums of int32 at positions are exact, and wrap around", () => {
  const most = 2 ** 31 - 1;
  expect([...indexAdd(list(1, 2), 0, list(1, 1, 1), list(most, 1, 5)).dataSync()]).toEqual([1, -(2 ** 31) + 7]);
  expect([...scatterAdd(list(0, 0, 0), 0, list(2, 2), list(2 ** 24, 1)).dataSync()]).toEqual([0, 0, 2 ** 24 + 1]);
  expect([...indexPut(list(1, 2, 3), [[0, 0]], 5, { accumulate: true }).dataSync()]).toEqual([11, 2, 3]);
  expect([...indexAdd(list(1, 2), 0, list(), list()).dataSync()]).toEqual([1, 2]);
  expect(() => indexAdd(list(1), 0, list(0), list(1), { alpha: 0.5 })).toThrow("indexAdd: alpha must be an integer");
  expect(() => scatterAdd(list(1), 0, list(0), ones([1]))).toThrow("scatterAdd: x is int32, but source float32");
});

test("indices out of range are refused before any work", () => {
  const x = zeros([2, 3]);
  expect(() => indexSelect(x, 1, list(0, 3))).toThrow(
    new IndexError("indexSelect: index 3 is out of range; expected an integer in [0, 2]"),
  );
  expect(() => indexSelect(x, 1, list(-1))).toThrow(IndexError);
  expect(() => gather(x, 0, tensor([[2, 0, 0]], { dtype: "int32" }))).toThrow(IndexError);
  expect(() => scatterAdd(x, 0, tensor([[5, 0, 0]], { dtype: "int32" }), zeros([1, 3]))).toThrow(IndexError);
  expect(() => oneHot(list(3), 3)).toThrow(IndexError);
  expect(() => indexSelect(x, 0, tensor([0]))).toThrow(
    "indexSelect: expected int32 index values, got a float32 tensor",
  );
});

test("an infinite product at one place leaves the gradients of factors of others alone", () => {
  const source = tensor([Infinity, 2, 3, 2, 5, 7], { requiresGrad: true });
  const index = tensor(Int32Array.of(0, 1, 1, 0, 2, 2));
  const [found] = grad(sum(scatterReduce(ones([3]), 0, index, source, "prod")), [source]);
  expect([...found!.dataSync()]).toEqual([2, 3, 2, Infinity, 7, 5]);
});

test("more values than float32 counts are scattered, the last of each place", () => {
  const count = 2 ** 24 + 2;
  const [index, source] = [new Int32Array(count), new Float32Array(count)];
  index[count - 1] = 1;
  source.set([5, 7], count - 2);
  expect([...scatter(zeros([2]), 0, tensor(index), fromHost(source, [count])).dataSync()]).toEqual([5, 7]);
});

test("more int32 values than float32 counts are added up", () => {
  const count = 2 ** 24 + 3;
  const index = fromHost(new Int32Array(count), [count]);
  const source = fromHost(new Int32Array(count).fill(1), [count]);
  expect([...indexAdd(list(0, 4), 0, index, source).dataSync()]).toEqual([count, 4]);
});
