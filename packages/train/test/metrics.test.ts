import { manualSeed, randn, slice, softmax, tensor, type Tensor, ValueError, zeros } from "@tapegrad/tensor";
import { eachDevice } from "@tapegrad/testing";
import {
  Accuracy,
  AUROC,
  CalibrationError,
  ConfusionMatrix,
  F1,
  MeanAbsoluteError,
  MeanSquaredError,
  type Metric,
  Precision,
  Recall,
} from "@tapegrad/train";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MeanLoss } from "../src/metrics/mean-loss.ts";

const classes = (...values: number[]): Tensor => tensor(Int32Array.from(values));

/** Scores whose highest is that of the class. */
const taken = (count: number, ...values: number[]): Tensor =>
  tensor(values.map((value) => Array.from({ length: count }, (_, c) => (c === value ? 1 : 0))));

async function valueOf<R>(metric: Metric<R>, ...batches: readonly (readonly [Tensor, Tensor])[]): Promise<R> {
  for (const [outputs, targets] of batches) metric.update(outputs, targets);
  return metric.compute();
}

// The examples of scikit-learn's documentation, with its values.
eachDevice(() => {
  test("precision, recall and F1", async () => {
    const batch = [taken(3, 0, 2, 1, 0, 0, 1), classes(0, 1, 2, 0, 1, 2)] as const;
    const values: readonly (readonly [new (n: number, o: object) => Metric, string, number])[] = [
      [Precision, "macro", 2 / 9],
      [Precision, "micro", 1 / 3],
      [Precision, "weighted", 2 / 9],
      [Recall, "macro", 1 / 3],
      [Recall, "micro", 1 / 3],
      [F1, "macro", 0.8 / 3],
      [F1, "micro", 1 / 3],
      [F1, "weighted", 0.8 / 3],
    ];
    for (const [Score, average, expected] of values)
      expect(await valueOf(new Score(3, { average }), batch), `${Score.name} ${average}`).toBeCloseTo(expected, 12);
  });

  test("a confusion matrix", async () => {
    const matrix = await valueOf(new ConfusionMatrix(3), [taken(3, 0, 0, 2, 2, 0, 2), classes(2, 0, 2, 2, 0, 1)]);
    expect(matrix).toEqual([
      [2, 0, 0],
      [0, 0, 1],
      [1, 0, 2],
    ]);
  });

  test("the area under the curve", async () => {
    expect(await valueOf(new AUROC(), [tensor([0.1, 0.4, 0.35, 0.8]), classes(0, 0, 1, 1)])).toBe(0.75);
    // Equal scores count half.
    expect(await valueOf(new AUROC(), [tensor([0.5, 0.5, 0.5]), classes(0, 1, 1)])).toBe(0.5);
  });

  test("top-k accuracy", async () => {
    const scores = tensor([
      [0.5, 0.2, 0.2],
      [0.3, 0.4, 0.2],
      [0.2, 0.4, 0.3],
      [0.7, 0.2, 0.1],
    ]);
    expect(await valueOf(new Accuracy({ k: 2 }), [scores, classes(0, 1, 2, 2)])).toBe(0.75);
    expect(await valueOf(new Accuracy(), [scores, classes(0, 1, 2, 2)])).toBe(0.5);
  });

  test("mean squared and absolute error", async () => {
    const batch = [tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7])] as const;
    expect(await valueOf(new MeanSquaredError(), batch)).toBe(0.375);
    expect(await valueOf(new MeanAbsoluteError(), batch)).toBe(0.5);
  });
});

test("places of a picture count like examples", async () => {
  const outputs = tensor([
    [
      [1, 0],
      [0, 1],
    ],
  ]);
  const targets = tensor(Int32Array.of(0, 0), { shape: [1, 2] });
  expect(await valueOf(new Accuracy(), [outputs, targets])).toBe(0.5);
  expect(await valueOf(new ConfusionMatrix(2), [outputs, targets])).toEqual([
    [1, 1],
    [0, 0],
  ]);
});

test("calibration: bins by confidence, the gap to accuracy weighed by how many are in each", async () => {
  const outputs = tensor([
    [0.9, 0.1],
    [0.9, 0.1],
    [0.6, 0.4],
    [0.4, 0.6],
  ]);
  const metric = new CalibrationError({ bins: 2, from: "probabilities" });
  // All lie in the upper bin: 3 of 4 are right, at a mean confidence of 0.75.
  expect(await valueOf(metric, [outputs, classes(0, 0, 0, 0)])).toBeCloseTo(0, 6);
  const fine = new CalibrationError({ bins: 10, from: "probabilities" });
  // 0.9 and above: 2 of 2 right; 0.6: 1 of 2.
  expect(await valueOf(fine, [outputs, classes(0, 0, 0, 0)])).toBeCloseTo((2 * 0.1 + 2 * 0.1) / 4, 6);
  const logits = tensor([
    [2, -1],
    [0, 3],
  ]);
  const ofLogits = await valueOf(new CalibrationError(), [logits, classes(0, 0)]);
  expect(await valueOf(new CalibrationError({ from: "probabilities" }), [softmax(logits, 1), classes(0, 0)])).toBe(
    ofLogits,
  );
});

describe("the value over batches is that over the whole, in any order", () => {
  const kinds: Readonly<Record<string, () => Metric<unknown>>> = {
    Accuracy: () => new Accuracy(),
    "Accuracy of 2": () => new Accuracy({ k: 2 }),
    ConfusionMatrix: () => new ConfusionMatrix(4),
    Precision: () => new Precision(4),
    Recall: () => new Recall(4, { average: "weighted" }),
    F1: () => new F1(4, { average: "micro" }),
    AUROC: () => new AUROC(),
    CalibrationError: () => new CalibrationError({ bins: 5 }),
  };
  test.each(Object.keys(kinds))("%s", async (kind) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 24 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer(),
        async (labels, size, seed) => {
          // Each class has an example, for the areas to be defined.
          const all = [0, 1, 2, 3, ...labels];
          manualSeed(seed);
          const outputs = randn([all.length, 4]);
          const metric = kinds[kind]!();
          metric.update(outputs, classes(...all));
          const whole = await metric.compute();
          expect(await metric.compute()).toEqual(whole);
          metric.reset();
          const starts = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => i * size).toReversed();
          for (const start of starts) {
            const end = Math.min(start + size, all.length);
            metric.update(slice(outputs, 0, start, end), classes(...all.slice(start, end)));
          }
          const parts = await metric.compute();
          if (typeof whole === "number") expect(parts).toBeCloseTo(whole, 6);
          else expect(parts).toEqual(whole);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("over more batches than are joined at once", async () => {
    const metric = new Accuracy();
    for (let i = 0; i < 600; i++) metric.update(taken(2, i % 2), classes(i % 3 === 0 ? i % 2 : 1 - (i % 2)));
    expect(await metric.compute()).toBe(1 / 3);
  });
});

test("a mean loss refuses losses that were changed in place after they were given", async () => {
  const mean = new MeanLoss();
  const loss = tensor(2);
  mean.update(loss, 3);
  expect(await mean.compute()).toBe(2);
  mean.update(loss, 1);
  loss.assign(tensor(5));
  await expect(mean.compute()).rejects.toThrow(
    new ValueError("MeanLoss: a value was changed in place after it was given; give a clone of it"),
  );
});

test("classes that neither occur nor are named do not count", async () => {
  const batch = [taken(5, 0, 1), classes(0, 1)] as const;
  for (const Score of [Precision, Recall, F1]) expect(await valueOf(new Score(5), batch)).toBe(1);
});

test("what cannot be measured is refused by the metric's name", async () => {
  await expect(new Accuracy().compute()).rejects.toThrow("Accuracy: there was no batch since the last reset");
  await expect(new AUROC().compute()).rejects.toThrow("AUROC: there was no batch");
  await expect(valueOf(new AUROC(), [zeros([2]), classes(1, 1)])).rejects.toThrow(
    "AUROC: not defined where every example",
  );
  await expect(valueOf(new AUROC(), [tensor([NaN, 1]), classes(0, 1)])).rejects.toThrow("AUROC: a score is NaN");
  expect(() => new Accuracy({ k: 3 }).update(zeros([1, 2]), classes(0))).toThrow(
    "Accuracy: k is 3, but there are only 2",
  );
  expect(() => new Accuracy({ k: 0 })).toThrow("Accuracy: k must be");
  expect(() => new F1(3).update(zeros([2, 3]), zeros([2]))).toThrow("F1: targets must be int32 classes, got float32");
  expect(() => new Recall(3).update(zeros([2, 4]), classes(0, 1))).toThrow(
    "Recall: expected scores of 3 classes, got 4",
  );
  expect(() => new ConfusionMatrix(2).update(zeros([1, 2]), classes(2))).toThrow("target 2 is out of range");
  expect(() => new Precision(2).update(zeros([2, 2]), classes(0))).toThrow(/Precision: expected outputs \[n, classes/);
  expect(() => new MeanSquaredError().update(zeros([2]), zeros([3]))).toThrow(
    "MeanSquaredError: outputs have shape [2]",
  );
  expect(() => new F1(2, { average: "mean" as "macro" })).toThrow('F1: average must be "macro", "weighted" or "micro"');
});
