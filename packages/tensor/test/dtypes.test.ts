import {
  adamStep,
  batchNorm,
  batchNormGrad,
  crossEntropy,
  defineKernel,
  DTypeError,
  IndexError,
  launch,
  launchOne,
  nllLoss,
  ones,
  type OperandDType,
  pad,
  place,
  reshape,
  ShapeError,
  take,
  tensor,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const int = (...values: number[]): Tensor => tensor(Int32Array.from(values));
const logProbs = (): Tensor => tensor([-1, -2, -0.5, -0.5], { shape: [2, 2] });

/** A kernel that does nothing but say what it reads. */
function reads(dtypes?: readonly OperandDType[]) {
  return defineKernel({ name: "reader", ...(dtypes && { dtypes }), wasm: () => {}, gpu: () => ({ steps: [] }) });
}

describe("every operand of every kernel has its dtype checked", () => {
  const output = { shape: [2], dtype: "float32" } as const;

  test("float32 unless the kernel says otherwise, the last dtype for all that follow", () => {
    expect(() => launchOne(reads(), [ones([2]), int(1, 2)], output, undefined)).toThrow(
      new DTypeError("reader: expected input 1 to be float32, got int32"),
    );
    expect(() => launchOne(reads(["any", "int32"]), [int(1), int(2), ones([1])], output, undefined)).toThrow(
      "reader: expected input 2 to be int32, got float32",
    );
    expect(() => launchOne(reads(["output"]), [int(1)], output, undefined)).toThrow("expected input 0 to be float32");
    expect(() => launchOne(reads(["any"]), [int(1, 2), ones([2])], output, undefined)).not.toThrow();
  });

  test("what is replaced in place keeps its dtype", () => {
    expect(() => launch(reads(["any"]), [int(1, 2)], [{ ...output, inPlaceOf: 0 }], undefined)).toThrow(
      "reader: cannot replace the int32 input 0 by float32 values",
    );
  });
});

eachDevice(() => {
  test("int32 class weights become float32", () => {
    const target = int(0, 1);
    const weight = int(1, 3);
    expectClose(nllLoss(logProbs(), target, { weight, reduction: "sum" }), 2.5);
    expectClose(nllLoss(logProbs(), target, { weight }), 0.625);
    const floats = tensor([1, 3]);
    for (const options of [{}, { labelSmoothing: 0.1 }, { reduction: "none" }] as const)
      expectClose(
        crossEntropy(logProbs(), target, { weight, ...options }),
        crossEntropy(logProbs(), target, { weight: floats, ...options }),
      );
    const halves = tensor([0.5, 0.5, 0.1, 0.9], { shape: [2, 2] });
    expectClose(crossEntropy(logProbs(), halves, { weight }), crossEntropy(logProbs(), halves, { weight: floats }));
  });

  test("int32 statistics, weight and bias of a batch norm in eval mode become float32", () => {
    const x = tensor([1, 2, 3, 4], { shape: [2, 2] });
    const [runningMean, runningVar] = [int(0, 1), int(4, 4)];
    expectClose(batchNorm(x, { runningMean, runningVar, eps: 0 }), [0.5, 0.5, 1.5, 1.5]);
    const affine = { weight: int(2, 3), bias: int(1, -1) };
    expectClose(batchNorm(x, { runningMean, runningVar, eps: 0, ...affine }), [2, 0.5, 4, 3.5]);
    expectClose(batchNorm(zeros([0, 2]), { runningMean, runningVar, ...affine }), []);
  });

  test("int32 statistics that training would update are refused and stay as they are", () => {
    const x = tensor([1, 2, 3, 4], { shape: [2, 2] });
    const [runningMean, runningVar] = [int(0, 1), int(4, 4)];
    for (const running of [
      { runningMean, runningVar: ones([2]) },
      { runningMean: zeros([2]), runningVar },
    ])
      expect(() => batchNorm(x, { ...running, training: true })).toThrow(
        /^batchNorm: expected a float32 running(Mean|Var) to update, got int32/,
      );
    expect(() => batchNorm(x, { numBatchesTracked: tensor(0), training: true })).toThrow(
      "batchNorm: numBatchesTracked counts in int32, got a float32 tensor",
    );
    expect(() => batchNorm(x, { numBatchesTracked: int(0, 0), training: true })).toThrow(
      "batchNorm: expected a scalar numBatchesTracked, got shape [2]",
    );
    expectClose(runningMean, [0, 1]);
    expectClose(runningVar, [4, 4]);
  });
});

test("a total weight of 0 gives NaN, smoothed or not", () => {
  const weight = tensor([0, 1]);
  for (const labelSmoothing of [0, 0.1, 1])
    expectClose(crossEntropy(logProbs(), int(0, 0), { weight, labelSmoothing }), [Number.NaN]);
});

describe("what has no meaning is refused", () => {
  test.each([1.5, Number.NaN, Infinity])("ignoreIndex %s", (ignoreIndex) => {
    expect(() => nllLoss(logProbs(), int(0, 1), { ignoreIndex })).toThrow(ValueError);
    expect(() => crossEntropy(logProbs(), int(0, 1), { ignoreIndex })).toThrow(
      "crossEntropy: ignoreIndex must be an integer",
    );
  });

  test("positions beyond the tensor, steps of 0, and fractions among int32 values", () => {
    const x = ones([2, 2]);
    const dense = { starts: [0, 0], steps: [1, 1] };
    expect(() => take(x, [100, 1], dense)).toThrow(IndexError);
    expect(() => take(x, [1, 1], { starts: [0, -1], steps: [1, 1] })).toThrow(
      "take: positions -1 to -1 along axis 1 lie beyond its 2 entries",
    );
    expect(() => place(x, [2, 2], { starts: [1, 0], steps: [1, 1] })).toThrow(IndexError);
    expect(() => take(x, [2, 2], { starts: [0, 0], steps: [0, 1] })).toThrow("take: steps must not be 0, got [0, 1]");
    expectClose(take(x, [0, 2], { starts: [7, 0], steps: [1, 1] }), []);
    expect(() => pad(int(1, 2), [[1, 1]], { value: 0.5 })).toThrow("pad: value 0.5 does not suit an int32 tensor");
    expectClose(pad(int(1, 2), [[1, 1]], { value: 2 }), [2, 1, 2, 2]);
  });

  test("two open extents", () => {
    expect(() => reshape(ones([25]), [5, -1, -1])).toThrow(
      new ShapeError("reshape: only one extent of [5, -1, -1] can be -1, for what is left over"),
    );
  });

  test("batchNormGrad of statistics that do not suit the input", () => {
    const x = ones([2, 3]);
    const statistics = { eps: 1e-5, constant: true, mean: zeros([3]), variance: ones([3]), rest: null };
    expect(() => batchNormGrad(x, x, null, { ...statistics, mean: zeros([2]) })).toThrow(
      "batchNormGrad: expected a mean of shape [3], got [2]",
    );
    expect(() => batchNormGrad(x, x, int(1, 2, 3), statistics)).toThrow(DTypeError);
    expect(() => batchNormGrad(ones([3, 2]), x, null, statistics)).toThrow(ShapeError);
  });

  test("int32 state of an optimizer", () => {
    const options = { lr: 1, beta1: 0.9, beta2: 0.9, eps: 0, amsgrad: false, maximize: false, weightDecay: 0 };
    const slot = {
      parameter: ones([2]),
      gradient: ones([2]),
      expAvg: int(0, 0),
      expAvgSq: zeros([2]),
      maxExpAvgSq: null,
    };
    expect(() => adamStep([slot], { ...options, decoupled: false, step: 1 })).toThrow(DTypeError);
  });
});
