import { checkGradGradients, checkGradients, grad } from "@tapegrad/autograd";
import {
  crossEntropy,
  DTypeError,
  fromHost,
  Generator,
  IndexError,
  logSoftmax,
  mul,
  nllLoss,
  randn,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crossEntropyReference } from "./reference/cross-entropy.ts";

const labels = (...values: number[]): Tensor => tensor(Int32Array.from(values));

const classifications = fc
  .record({
    n: fc.integer({ min: 1, max: 6 }),
    classes: fc.integer({ min: 2, max: 7 }),
    d: fc.integer({ min: 1, max: 4 }),
  })
  .chain(({ n, classes, d }) =>
    fc.record({
      n: fc.constant(n),
      classes: fc.constant(classes),
      d: fc.constant(d),
      targets: fc.array(fc.integer({ min: 0, max: classes - 1 }), { minLength: n * d, maxLength: n * d }),
      weight: fc.option(
        fc.array(
          fc.integer({ min: 1, max: 16 }).map((k) => k / 8),
          { minLength: classes, maxLength: classes },
        ),
      ),
      ignoreIndex: fc.constantFrom(-100, 0, 1),
      labelSmoothing: fc.constantFrom(0, 0.1, 0.5, 1),
      logits: fc.array(
        fc.integer({ min: -40, max: 40 }).map((k) => k / 8),
        { minLength: n * classes * d, maxLength: n * classes * d },
      ),
    }),
  );

eachDevice((name) => {
  test("equal logits cost ln of the number of classes", () => {
    expectClose(crossEntropy(zeros([3, 8]), labels(0, 7, 3)), Math.log(8), { rtol: 1e-6 });
  });

  test("large logits do not overflow", () => {
    expectClose(
      crossEntropy(
        tensor([
          [1000, 0],
          [0, -1000],
        ]),
        labels(1, 0),
      ),
      500,
      { rtol: 1e-6 },
    );
  });

  test("the gradient of the mean is (softmax − one-hot) / n", () => {
    const x = zeros([2, 4], { requiresGrad: true });
    expectClose(
      grad([crossEntropy(x, labels(1, 3))], [x])[0]!,
      [0.125, -0.375, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375],
    );
  });

  test("if every target is ignored, the mean is NaN and the sum 0", () => {
    const x = randn([2, 3]);
    expectClose(crossEntropy(x, labels(-100, -100)), NaN);
    expectClose(crossEntropy(x, labels(-100, -100), { reduction: "sum" }), 0);
  });

  test("with smoothing too, ignored targets take no gradient: neither from a mean of nothing nor from infinite logits", () => {
    const x = tensor([1, 2, 3, 4], { shape: [2, 2], requiresGrad: true });
    const options = { ignoreIndex: 1, labelSmoothing: 0.5 };
    expectClose(grad(crossEntropy(x, labels(1, 1), options), [x])[0]!, [0, 0, 0, 0]);
    const infinite = tensor([1, 2, 3, -Infinity], { shape: [2, 2] });
    expectClose(
      crossEntropy(infinite, labels(0, 1), options),
      0.5 * Math.log1p(Math.E) + 0.5 * (Math.log1p(Math.E) - 0.5),
    );
  });

  test("the mean of nothing is NaN and the sum 0", () => {
    expectClose(crossEntropy(zeros([0, 3]), labels()), NaN);
    expectClose(crossEntropy(zeros([0, 3]), labels(), { reduction: "sum" }), 0);
  });

  test("an ignored row takes no gradient, whatever it holds", () => {
    const x = tensor(
      [
        [1, 2],
        [NaN, 7],
      ],
      { requiresGrad: true },
    );
    const dx = grad([nllLoss(x, labels(0, -100))], [x])[0]!;
    expectClose(dx, [-1, 0, 0, 0]);
  });

  test("the second gradient for the gradient of an ignored loss is 0, whatever the row holds", () => {
    const x = tensor([2, 2, NaN, 7, Infinity, 0], { shape: [3, 2], requiresGrad: true });
    const weights = tensor([1, 1, 1], { requiresGrad: true });
    const losses = crossEntropy(x, labels(0, -100, -100), { reduction: "none" });
    const [first] = grad(losses, x, { gradOutputs: weights, createGraph: true });
    const factors = tensor([1, 0, 1, 2, 3, 4], { shape: [3, 2] });
    expectClose(grad(sum(mul(first, factors)), weights)[0], [-0.5, 0, 0]);
  });

  test("cross-entropy, its reductions and its gradient equal a loop in double precision", () => {
    fc.assert(
      fc.property(classifications, fc.constantFrom("mean", "sum", "none"), ({ logits, ...problem }, reduction) => {
        const { n, classes, d, targets, weight, ignoreIndex, labelSmoothing } = problem;
        const { losses, totalWeight, gradient } = crossEntropyReference(problem, logits);
        const x = fromHost(Float32Array.from(logits), [n, classes, d], true);
        const loss = crossEntropy(x, fromHost(Int32Array.from(targets), [n, d]), {
          ...(weight !== null && { weight: tensor(weight) }),
          ignoreIndex,
          labelSmoothing,
          reduction,
        });
        const total = losses.reduce((a, b) => a + b, 0);
        const scale = reduction === "mean" ? 1 / totalWeight : 1;
        const tolerance = { rtol: 1e-5, atol: 1e-5 };
        expectClose(loss, reduction === "none" ? losses : [total * scale], tolerance);
        if (totalWeight === 0) return;
        expectClose(
          grad([sum(loss)], [x])[0]!,
          gradient.map((value) => value * scale),
          tolerance,
        );
      }),
      { numRuns: name === "gpu:cpu" ? 30 : 120 },
    );
  });

  test.each([0, 0.2])(
    "gradients, and gradients of gradients, equal finite differences: weighed, ignored, smoothed by %f",
    async (labelSmoothing) => {
      const target = fromHost(Int32Array.of(1, 4, 2, 0, 0, 3, 0, 2, 1, 1, 4, 4), [2, 3, 2]);
      const logits = randn([2, 5, 3, 2], { generator: new Generator(5) });
      for (const reduction of ["mean", "none"] as const) {
        const loss = (x: Tensor, y: Tensor): Tensor =>
          crossEntropy(x, y, { weight: tensor([0.5, 2, 1, 0.25, 1.5]), ignoreIndex: 4, labelSmoothing, reduction });
        await checkGradients(loss, [logits, target]);
        await checkGradGradients(loss, [logits, target]);
      }
    },
  );

  test("nllLoss of log-probabilities is crossEntropy of logits", () => {
    const x = randn([4, 5]);
    const options = { weight: tensor([1, 2, 3, 4, 5]), ignoreIndex: 2 };
    expectClose(nllLoss(logSoftmax(x, 1), labels(0, 4, 2, 1), options), crossEntropy(x, labels(0, 4, 2, 1), options), {
      rtol: 1e-6,
    });
  });
});

describe("refusals", () => {
  const x = zeros([2, 3]);

  test.each<[string, () => Tensor, abstract new (...args: never[]) => Error, string]>([
    [
      "label out of range",
      () => crossEntropy(x, labels(0, 3)),
      IndexError,
      "crossEntropy: target 3 is out of range; expected an integer in [0, 2]",
    ],
    ["negative label", () => nllLoss(x, labels(-1, 0)), IndexError, "nllLoss: target -1 is out of range"],
    [
      "number of labels",
      () => crossEntropy(x, labels(0)),
      ShapeError,
      "crossEntropy: an input of shape [2, 3] expects targets of shape [2], got [1]",
    ],
    [
      "rank",
      () => crossEntropy(zeros([3]), labels(0)),
      ShapeError,
      "crossEntropy: expected an input of shape [n, c, …], got shape [3]",
    ],
    ["weights", () => crossEntropy(x, labels(0, 1), { weight: zeros([2]) }), ShapeError, "shape [3], got [2]"],
    [
      "smoothing",
      () => crossEntropy(x, labels(0, 1), { labelSmoothing: 1.5 }),
      ValueError,
      "crossEntropy: labelSmoothing must lie in [0, 1], got 1.5",
    ],
    [
      "reduction",
      () => crossEntropy(x, labels(0, 1), { reduction: "average" as "mean" }),
      ValueError,
      'reduction must be "mean", "sum" or "none", got "average"',
    ],
    [
      "float labels",
      () => nllLoss(x, zeros([2])),
      DTypeError,
      "nllLoss: expected int32 target values, got a float32 tensor",
    ],
    [
      "probabilities of another shape",
      () => crossEntropy(x, zeros([2])),
      ShapeError,
      "crossEntropy: expected a float32 target of probabilities of shape [2, 3]",
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });
});
