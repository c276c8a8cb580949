import { grad } from "@tapegrad/autograd";
import {
  DTypeError,
  ShapeError,
  fromHost,
  linear,
  matmul,
  ones,
  randn,
  setThreads,
  sum,
  tensor,
  transpose,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matmulTransposed } from "../src/ops/linear/matmul.ts";

/** Small integers: every sum is exact in float32, so no tolerance is needed. */
function integers(count: number, seed: number): Float32Array {
  let state = seed | 1;
  return Float32Array.from({ length: count }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return ((state >>> 24) % 17) - 8;
  });
}

const exact = { rtol: 0, atol: 0 };

/** a[m, k] · b[k, n] by a loop; either may be stored transposed. */
function product(
  a: Float32Array,
  b: Float32Array,
  [m, n, k]: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
): Float64Array {
  const c = new Float64Array(m! * n!);
  for (let i = 0; i < m!; i++) {
    for (let j = 0; j < n!; j++) {
      for (let l = 0; l < k!; l++)
        c[i * n! + j]! += a[transposeA ? l * m! + i : i * k! + l]! * b[transposeB ? j * k! + l : l * n! + j]!;
    }
  }
  return c;
}

function checkProduct(
  extents: readonly [number, number, number],
  transposeA: boolean,
  transposeB: boolean,
  seed: number,
): void {
  const [m, n, k] = extents;
  const [a, b] = [integers(m * k, seed), integers(k * n, seed + 1)];
  const left = fromHost(a, transposeA ? [k, m] : [m, k]);
  const right = fromHost(b, transposeB ? [n, k] : [k, n]);
  const c = matmulTransposed(left, right, { transposeA, transposeB });
  expect(c.shape).toEqual([m, n]);
  expectClose(c, product(a, b, extents, transposeA, transposeB), exact);
}

eachDevice((name) => {
  test("[[1, 2], [3, 4]] · [[5, 6], [7, 8]]", () => {
    expectClose(
      matmul(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        tensor([
          [5, 6],
          [7, 8],
        ]),
      ),
      [19, 22, 43, 50],
    );
  });

  test("products equal a loop, for odd extents and all four transpositions", () => {
    const extent = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }));
    fc.assert(fc.property(fc.tuple(extent, extent, extent), fc.boolean(), fc.boolean(), fc.integer(), checkProduct), {
      numRuns: name === "gpu:cpu" ? 30 : 120,
    });
  });

  test("more rows than a block, deeper than a slice", () => {
    checkProduct([101, 19, 300], false, false, 1);
    checkProduct([7, 130, 513], true, false, 2);
    checkProduct([100, 9, 257], false, true, 3);
  });

  // 2²⁰ elements are packed at once.
  if (name === "wasm") {
    test("more of the second factor than is packed at once", () => {
      checkProduct([5, 1025, 1300], false, false, 4);
      checkProduct([33, 4100, 520], false, true, 5);
    });
  }

  test("a batch is multiplied matrix by matrix, broadcast like numpy", () => {
    const [a, b] = [randn([2, 1, 3, 5]), randn([4, 5, 2])];
    const c = matmul(a, b);
    expect(c.shape).toEqual([2, 4, 3, 2]);
    const [values, left, right] = [c.dataSync(), a.dataSync(), b.dataSync()];
    for (let i = 0; i < 2; i++) {
      for (let j = 0; j < 4; j++) {
        const each = matmul(
          fromHost(left.slice(i * 15, i * 15 + 15) as Float32Array, [3, 5]),
          fromHost(right.slice(j * 10, j * 10 + 10) as Float32Array, [5, 2]),
        );
        expectClose(each, values.slice((i * 4 + j) * 6, (i * 4 + j) * 6 + 6) as Float32Array, {
          rtol: 1e-6,
          atol: 1e-6,
        });
      }
    }
  });

  test("transposition law: (A·B)ᵀ = Bᵀ·Aᵀ", () => {
    const [a, b] = [randn([6, 4]), randn([4, 7])];
    expectClose(transpose(matmul(a, b), 0, 1), matmul(transpose(b, 0, 1), transpose(a, 0, 1)), {
      rtol: 1e-5,
      atol: 1e-6,
    });
  });

  test("a sum of nothing is zero, a product of no rows is empty", () => {
    expectClose(matmul(zeros([2, 0]), zeros([0, 3])), new Float32Array(6), exact);
    expect(matmul(zeros([0, 2]), zeros([2, 3])).shape).toEqual([0, 3]);
    expectClose(linear(zeros([2, 0]), zeros([3, 0]), tensor([1, 2, 3])), [1, 2, 3, 1, 2, 3], exact);
    expect(linear(zeros([1, 0]), zeros([2, 0]), tensor([-0, 1])).dataSync()[0]).toBe(-0);
    const weight = randn([3, 2], { requiresGrad: true });
    const [dweight] = grad([sum(linear(zeros([0, 2]), weight))], [weight]);
    expectClose(dweight!, new Float32Array(6), exact);
  });

  test("linear is x · weightᵀ + bias along the last axis", () => {
    expectClose(
      linear(
        tensor([[1, 2, 3]]),
        tensor([
          [1, 0, 0],
          [0, 1, 1],
        ]),
        tensor([10, 20]),
      ),
      [11, 25],
    );
    expect(linear(ones([2, 3, 4]), ones([5, 4])).shape).toEqual([2, 3, 5]);
    expect(linear(ones([4]), ones([5, 4])).shape).toEqual([5]);
  });
});

describe("threads", () => {
  test("results are the same to the last bit for any number of threads", () => {
    for (const [m, n, k] of [
      [150, 90, 300],
      [8, 500, 70],
      [34, 1100, 1000],
    ] as const) {
      const [a, b] = [randn([m, k]), randn([k, n])];
      setThreads(1);
      const alone = matmul(a, b).dataSync();
      for (const threads of [2, 4]) {
        setThreads(threads);
        expect(matmul(a, b).dataSync()).toEqual(alone);
      }
    }
  });
});

describe("refusals", () => {
  test.each<[string, () => unknown, string]>([
    [
      "inner extents",
      () => matmul(zeros([4, 6]), zeros([5, 3])),
      "matmul: shapes [4, 6] and [5, 3] cannot be multiplied: the inner extents 6 and 5 differ",
    ],
    [
      "a scalar",
      () => matmul(zeros([]), zeros([2])),
      "matmul: expected tensors of at least one axis (mul takes scalars), got shape [] and [2]",
    ],
    [
      "batches",
      () => matmul(zeros([2, 1, 2]), zeros([3, 2, 1])),
      "matmul: batches: shapes [2] and [3] do not broadcast",
    ],
    [
      "features",
      () => linear(zeros([4, 6]), zeros([3, 5])),
      "linear: input [4, 6] and weight [3, 5] do not match: the last axis of the input must be 5",
    ],
    ["weight", () => linear(zeros([4, 6]), zeros([6])), "linear: expected a weight of shape [out, in], got shape [6]"],
    ["bias", () => linear(zeros([4, 6]), zeros([3, 6]), zeros([1])), "linear: expected a bias of shape [3], got [1]"],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(ShapeError);
    expect(call).toThrow(message);
  });

  test("int32", () => {
    expect(() => matmul(zeros([2, 2], { dtype: "int32" }), zeros([2, 2]))).toThrow(DTypeError);
  });
});
