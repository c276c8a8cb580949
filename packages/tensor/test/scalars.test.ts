import { grad } from "@tapegrad/autograd";
import {
  add,
  amax,
  argmax,
  argsort,
  broadcastTo,
  cat,
  crossEntropy,
  cumprod,
  cumsum,
  einsum,
  flatten,
  flip,
  gather,
  indexSelect,
  kthvalue,
  linear,
  logSoftmax,
  logSumExp,
  matmul,
  max,
  maxPool2d,
  mean,
  median,
  mul,
  nllLoss,
  norm,
  oneHot,
  ones,
  pad,
  permute,
  prod,
  reshape,
  scatterAdd,
  softmax,
  sort,
  squeeze,
  stack,
  std,
  sum,
  sumTo,
  tensor,
  type Tensor,
  topk,
  transpose,
  unsqueeze,
  variance,
  varMean,
  where,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const { NaN: nan } = Number;
const five = (): Tensor => tensor(5);
const int = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const intScalar = (value: number): Tensor => tensor(value, { dtype: "int32" });
const noInts = (...shape: number[]): Tensor => tensor(new Int32Array(0), { shape });

type Case = readonly [name: string, of: () => Tensor, shape: readonly number[], values: readonly number[]];

// Expected shapes and values are those of PyTorch 1.13.
const scalars: readonly Case[] = [
  ["where", () => where(tensor(1), five(), tensor(2)), [], [5]],
  ["reshape", () => reshape(five(), [-1]), [1], [5]],
  ["flatten", () => flatten(five()), [1], [5]],
  ["squeeze", () => squeeze(five(), 0), [], [5]],
  ["unsqueeze", () => unsqueeze(five(), -1), [1], [5]],
  ["permute", () => permute(five(), []), [], [5]],
  ["transpose", () => transpose(five(), 0, -1), [], [5]],
  ["broadcastTo", () => broadcastTo(five(), [1, 2]), [1, 2], [5, 5]],
  ["sumTo a scalar", () => sumTo(ones([2, 2]), []), [], [4]],
  ["flip", () => flip(five(), 0), [], [5]],
  ["pad", () => pad(five(), []), [], [5]],
  ["stack", () => stack([five(), tensor(6)]), [2], [5, 6]],
  ["indexSelect", () => indexSelect(five(), 0, int(0)), [], [5]],
  ["gather", () => gather(five(), 0, intScalar(0)), [], [5]],
  ["gather twice", () => gather(five(), 0, int(0, 0)), [2], [5, 5]],
  ["gather from a list", () => gather(tensor([5, 6]), 0, intScalar(1)), [], [6]],
  ["scatterAdd", () => scatterAdd(five(), 0, intScalar(0), tensor(7)), [], [12]],
  ["scatterAdd twice", () => scatterAdd(five(), 0, int(0, 0), tensor([7, 8])), [], [20]],
  ["scatterAdd to a list", () => scatterAdd(tensor([5, 6]), 0, intScalar(1), tensor(2)), [2], [5, 8]],
  ["oneHot", () => oneHot(intScalar(1), 3), [3], [0, 1, 0]],
  ["softmax", () => softmax(five(), 0), [], [1]],
  ["logSoftmax", () => logSoftmax(five(), -1), [], [0]],
  ["einsum", () => einsum("i,->i", tensor([1, 2]), five()), [2], [5, 10]],
  ["argmax", () => argmax(five(), -1), [], [0]],
  ["argsort", () => argsort(five()), [], [0]],
  ["sort", () => sort(five()).values, [], [5]],
  ["topk", () => topk(five(), 1).values, [], [5]],
  ["kthvalue", () => kthvalue(five(), 1).values, [], [5]],
  ["median along an axis", () => median(five(), 0).values, [], [5]],
  ["max along an axis", () => max(five(), 0).indices, [], [0]],
  ["amax", () => amax(five(), 0), [], [5]],
  ["cumsum", () => cumsum(five(), 0), [], [5]],
  ["cumprod", () => cumprod(five(), -1), [], [5]],
  ["sum, kept", () => sum(five(), -1, { keepDim: true }), [], [5]],
  ["norm", () => norm(five()), [], [5]],
  ["logSumExp", () => logSumExp(five(), 0), [], [5]],
  ["variance", () => variance(five()), [], [nan]],
  ["biased std", () => std(five(), 0, { correction: 0 }), [], [0]],
];

const emptyAxes: readonly Case[] = [
  ["matmul over nothing", () => matmul(zeros([2, 0]), zeros([0])), [2], [0, 0]],
  ["matmul of no rows", () => matmul(zeros([0, 2]), ones([2, 3])), [0, 3], []],
  ["matmul in batches over nothing", () => matmul(zeros([1, 1, 0]), zeros([1, 0, 2])), [1, 1, 2], [0, 0]],
  ["linear of nothing", () => linear(zeros([2, 0]), zeros([1, 0]), ones([1])), [2, 1], [1, 1]],
  ["linear to nothing", () => linear(ones([2, 2]), zeros([0, 2])), [2, 0], []],
  ["einsum over nothing", () => einsum("ij,jk->ik", zeros([1, 0]), zeros([0, 2])), [1, 2], [0, 0]],
  ["indexSelect of nothing", () => indexSelect(ones([2, 3]), 0, noInts(0)), [0, 3], []],
  ["indexSelect of empty rows", () => indexSelect(zeros([2, 0]), 0, int(1, 1)), [2, 0], []],
  ["gather of nothing", () => gather(ones([1, 2]), 1, noInts(1, 0)), [1, 0], []],
  ["scatterAdd of nothing", () => scatterAdd(ones([1, 2]), 1, noInts(1, 0), zeros([1, 0])), [1, 2], [1, 1]],
  ["oneHot of nothing", () => oneHot(noInts(0), 3), [0, 3], []],
  ["cat with nothing", () => cat([zeros([0, 2]), ones([1, 2])]), [1, 2], [1, 1]],
  ["topk of none", () => topk(tensor([1, 2]), 0).values, [0], []],
  ["kthvalue of no rows", () => kthvalue(zeros([0, 3]), 2, 1).values, [0], []],
  ["median of empty rows", () => median(zeros([0, 3]), 1).values, [0], []],
  ["argmax of no rows", () => argmax(zeros([0, 2]), 1), [0], []],
  ["pad around nothing", () => pad(zeros([0]), [[1, 2]], { value: 7 }), [3], [7, 7, 7]],
  ["nothing and one", () => add(zeros([0]), ones([1])), [0], []],
  ["softmax of nothing", () => softmax(zeros([2, 0]), 1), [2, 0], []],
  ["cumprod of nothing", () => cumprod(zeros([2, 0]), 0), [2, 0], []],
  ["pooling of no images", () => maxPool2d(zeros([0, 1, 4, 4]), 2), [0, 1, 2, 2], []],
  ["a mean cross-entropy of nothing", () => crossEntropy(zeros([0, 3]), noInts(0)), [], [nan]],
  ["a smoothed one", () => crossEntropy(zeros([0, 3]), noInts(0), { labelSmoothing: 0.1 }), [], [nan]],
  ["one with probabilities", () => crossEntropy(zeros([0, 3]), zeros([0, 3])), [], [nan]],
  ["a sum", () => crossEntropy(zeros([0, 3]), noInts(0), { reduction: "sum" }), [], [0]],
  ["a weighed nllLoss of nothing", () => nllLoss(zeros([0, 2]), noInts(0), { weight: tensor([1, 2]) }), [], [nan]],
];

/** The gradients of `grad(y, x, v)` for `v`, and its values, where `v` is all twos. */
function twice(x: Tensor, f: (x: Tensor) => Tensor): readonly [first: Tensor, second: Tensor] {
  const y = f(x);
  const v = tensor(new Float32Array(y.size).fill(2), { shape: y.shape, requiresGrad: true });
  const [first] = grad(y, x, { gradOutputs: v, createGraph: true });
  return [first, grad(sum(first), v)[0]];
}

eachDevice(() => {
  test.each(scalars)("of a scalar: %s", (_, of, shape, values) => {
    const found = of();
    expect(found.shape).toEqual(shape);
    expectClose(found, values);
  });

  test.each(emptyAxes)("%s", (_, of, shape, values) => {
    const found = of();
    expect(found.shape).toEqual(shape);
    expectClose(found, values);
  });

  test("gradients of gather, scatterAdd and indexSelect of scalars, once and twice", () => {
    const x = tensor(5, { requiresGrad: true });
    for (const [f, slope] of [
      [(each: Tensor) => gather(each, 0, int(0, 0)), 4],
      [(each: Tensor) => scatterAdd(tensor([1, 2]), 0, intScalar(1), each), 2],
      [(each: Tensor) => scatterAdd(each, 0, intScalar(0), mul(each, 3)), 8],
      [(each: Tensor) => indexSelect(each, 0, int(0)), 2],
    ] as const) {
      const [first, second] = twice(x, f);
      expect(first.shape).toEqual([]);
      expectClose(first, slope);
      expectClose(sum(second), slope / 2);
    }
  });

  test("reductions of nothing: the result, its gradient, and the gradient of that", () => {
    const empty = tensor(new Float32Array(0), { shape: [0, 2], requiresGrad: true });
    for (const [f, value] of [
      [(x: Tensor) => sum(x, 0), 0],
      [(x: Tensor) => mean(x, 0), nan],
      [(x: Tensor) => varMean(x, 0)[1], nan],
      [(x: Tensor) => prod(x, 0), 1],
      [(x: Tensor) => logSumExp(x, 0), -Infinity],
      [(x: Tensor) => norm(x, { dim: 0 }), 0],
    ] as const) {
      expectClose(f(empty), [value, value]);
      const [first, second] = twice(empty, f);
      expect(first.shape).toEqual([0, 2]);
      expectClose(second, [0, 0]);
    }
  });

  test("what has no place in a scalar is refused", () => {
    expect(() => indexSelect(five(), 0, int(0, 0))).toThrow("indexSelect: a scalar has one position to select, got 2");
    expect(() => indexSelect(five(), 0, int(1))).toThrow("indexSelect: index 1 is out of range");
    expect(() => gather(five(), 0, intScalar(1))).toThrow("gather: index 1 is out of range");
    expect(() => scatterAdd(five(), 1, intScalar(0), five())).toThrow("scatterAdd: dimension 1 is out of range");
    expect(() => sumTo(ones([5, 5]), [1, 1, 1])).toThrow("sumTo: shape [1, 1, 1] does not broadcast to [5, 5]");
    expect(() => topk(five(), 2)).toThrow("topk");
    expect(() => matmul(five(), five())).toThrow("matmul");
  });
});
