import { backward, grad } from "@tapegrad/autograd";
import {
  BatchNorm2d,
  ConvTranspose2d,
  GroupNorm,
  InstanceNorm2d,
  LayerNorm,
  ReflectionPad2d,
  Upsample,
  functional,
  init,
} from "@tapegrad/nn";
import {
  arange,
  DTypeError,
  full,
  mul,
  noGrad,
  ones,
  reshape,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

/** A loss or activation of a tensor, and its gradient. */
function valueAndSlope(x: Tensor, f: (x: Tensor) => Tensor): readonly [Tensor, Tensor] {
  const y = f(x);
  backward(sum(y));
  return [y, x.grad!];
}

/** First and second derivatives of an activation, element by element. */
function slopes(x: Tensor, f: (x: Tensor) => Tensor): readonly [Tensor, Tensor] {
  const first = grad(sum(f(x)), [x], { createGraph: true })[0]!;
  return [first, grad(sum(first), [x])[0]!];
}

const { NaN: nan } = Number;
const inf = Infinity;

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

// Expected values are those of PyTorch 1.13.
eachDevice(() => {
  test("instance norm: an empty batch moves no running statistics", () => {
    const layer = new InstanceNorm2d(2, { trackRunningStats: true });
    expect(layer.forward(zeros([0, 2, 3, 3])).shape).toEqual([0, 2, 3, 3]);
    expectClose(layer.runningMean!, [0, 0]);
    expectClose(layer.runningVar!, [1, 1]);
  });

  test("l1 loss: where input or target is NaN, the slope is 0", () => {
    const [x, y] = [leaf(nan, 1, -2), leaf(0, 0, nan)];
    const [forInput, forTarget] = grad(functional.l1Loss(x, y), [x, y]);
    expectClose(forInput!, [0, 1 / 3, 0]);
    expectClose(forTarget!, [0, -1 / 3, 0]);
  });

  test("binary cross-entropy: the slope for the target is infinite where the input is 0 or 1", () => {
    const [x, y] = [leaf(0, 1, 0.5, 0.25), leaf(1, 0, 0.5, 0)];
    const [forInput, forTarget] = grad(functional.bceLoss(x, y, { reduction: "none" }), [x, y], {
      gradOutputs: [ones([4])],
    });
    expectClose(forInput!, [-1e12, 1e12, 0, 1 / 0.75]);
    expectClose(forTarget!, [inf, -inf, 0, Math.log(3)]);
    const weight = tensor([0, 1, 2, 3]);
    expectClose(grad(functional.bceLoss(x, y, { weight }), [y])[0]!, [nan, -inf, 0, (Math.log(3) * 3) / 4]);
  });

  test("hardswish: slopes at the ends of the parabola, and beyond", () => {
    const points = [-inf, -4, -3, -1, 0, 3, 4, inf];
    const [first, second] = slopes(leaf(...points, nan), functional.hardswish);
    // At 3 PyTorch's vectorised code gives 1, and 1.5 for what is left at the end of a tensor.
    expectClose(first, [0, 0, -0.5, 1 / 6, 0.5, 1, 1, 1, nan]);
    expectClose(second.dataSync().subarray(0, 8), [0, 0, 0, 1 / 3, 1 / 3, 0, 0, 0]);
    // Of −∞ PyTorch makes NaN, by multiplying it with 0.
    expectClose(functional.hardswish(tensor(points)), [0, 0, 0, -1 / 3, 0, 3, 4, inf]);
  });

  test("mish: slopes of large values are finite", () => {
    const points = [-3.4e38, -1e4, -20, 0, 20, 100, 3.4e38];
    expectClose(functional.mish(tensor(points)), [0, 0, -4.12230747e-8, 0, 20, 100, 3.4e38]);
    const x = leaf(...points);
    const gradOutputs = [full([7], 4)];
    expectClose(grad(functional.mish(x), [x], { gradOutputs })[0]!, [0, 0, -1.56647688e-7, 2.4, 4, 4, 4]);
  });

  test.each([
    [[1, 3], { scaleFactor: [1, 2.3] }, [0, 0, 1, 1, 2, 2]],
    [[1, 5], { scaleFactor: [1, 1.1] }, [0, 1, 2, 3, 4]],
    [[3, 1], { scaleFactor: [2.3, 1] }, [0, 0, 1, 1, 2, 2]],
    [[1, 5], { scaleFactor: [1, 1.3] }, [0, 0, 1, 2, 3, 3]],
    [[1, 4], { scaleFactor: [1, 1.1], mode: "bilinear" }, [0, 1, 2, 3]],
    [[1, 4], { scaleFactor: [1, 1.1], mode: "bilinear", alignCorners: true }, [0, 1, 2, 3]],
    [[1, 2], { scaleFactor: [1, 2.3], mode: "bilinear" }, [0, 0.15217388, 0.58695638, 1]],
  ] as const)(
    "interpolate %j by %j: an axis that keeps its length is copied, nearest doubles",
    (size, options, expected) => {
      const x = reshape(arange(0, size[0] * size[1]), [1, 1, ...size]);
      const y = functional.interpolate(x, options);
      expectClose(y, expected);
      x.assign(zeros(x.shape));
      expectClose(y, expected);
    },
  );

  test("interpolate nearest by a factor rounds down in several channels, also where an axis keeps its length or doubles", () => {
    const wide = (w: number): Tensor => reshape(arange(0, 2 * w), [1, 2, 1, w]);
    expectClose(functional.interpolate(wide(3), { scaleFactor: [1, 2.3] }), [0, 0, 0, 1, 1, 2, 3, 3, 3, 4, 4, 5]);
    expectClose(functional.interpolate(wide(5), { scaleFactor: [1, 1.1] }), [0, 0, 1, 2, 3, 5, 5, 6, 7, 8]);
    expectClose(functional.interpolate(wide(3), { size: [1, 6] }), [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  test.each([
    ["nearest", false, [0, 1]],
    ["nearest", true, [0, 2]],
    ["bilinear", false, [1.66666651, 3.33333302]],
    ["bilinear", true, [4.5, 6.5]],
  ] as const)("interpolate %s with recomputeScaleFactor %s", (mode, recomputeScaleFactor, expected) => {
    const x = reshape(arange(12), [1, 1, 3, 4]);
    const options = { scaleFactor: 0.6, mode, recomputeScaleFactor };
    expectClose(functional.interpolate(x, options), expected);
    expectClose(new Upsample(options).forward(x), expected);
  });

  test("interpolate bilinear by two factors, recomputed", () => {
    const x = reshape(arange(12), [1, 1, 3, 4]);
    const options = { scaleFactor: [1.7, 0.8], mode: "bilinear" } as const;
    const rows = [
      [0.16666669, 1.5, 2.83333329],
      [1.76666677, 3.1, 4.4333334],
      [4.16666698, 5.5, 6.83333349],
      [6.56666708, 7.9, 9.23333359],
      [8.16666698, 9.5, 10.8333333],
    ];
    expectClose(functional.interpolate(x, { ...options, recomputeScaleFactor: true }), rows.flat());
    const corners = functional.interpolate(x, { ...options, recomputeScaleFactor: true, alignCorners: true });
    expectClose(corners, functional.interpolate(x, { ...options, alignCorners: true }));
    expect(() => functional.interpolate(x, { size: 4, recomputeScaleFactor: true })).toThrow(
      "recomputeScaleFactor goes with scaleFactor, not with size",
    );
  });

  test("a transposed convolution takes output padding of more than its stride, where dilation allows it", () => {
    const layer = new ConvTranspose2d(1, 1, 2, { dilation: 3, padding: 1, outputPadding: 2, bias: false });
    layer.loadStateDict({ weight: tensor([1, 10, 100, 1000], { shape: [1, 1, 2, 2] }) });
    const x = tensor([1, 2, 3, 4], { shape: [1, 1, 2, 2], requiresGrad: true });
    const y = layer.forward(x);
    const rows = [
      [4, 0, 30, 40, 0],
      [0, 0, 0, 0, 0],
      [200, 0, 1000, 2000, 0],
      [400, 0, 3000, 4000, 0],
      [0, 0, 0, 0, 0],
    ];
    expect(y.shape).toEqual([1, 1, 5, 5]);
    expectClose(y, rows.flat());
    backward(y, { gradient: reshape(arange(25), [1, 1, 5, 5]) });
    expectClose(x.grad!, [12000, 14000, 17020, 19530]);
    expectClose(layer.weight.grad!, [0, 18, 80, 161]);
  });

  test("a norm over single values is 0, without slope, and NaN where the value is no number", () => {
    const x = tensor([[2], [nan], [inf], [-3]], { requiresGrad: true });
    const y = new LayerNorm(1).forward(x);
    expectClose(y, tensor([[0], [nan], [nan], [0]]));
    expectClose(grad(sum(y), x)[0], tensor([[0], [nan], [nan], [0]]));
  });

  test("celu with a negative alpha is still the identity of positive values", () => {
    const [y, slope] = valueAndSlope(leaf(-1, 0, 2), (x) => functional.celu(x, -1));
    expectClose(y, [1 - Math.E, 0, 2]);
    expectClose(slope, [Math.E, 1, 1]);
  });

  test.each([
    [1, [Math.exp(-1), 0, 0]],
    [2, [Math.exp(-0.5) / 2, 0, 0]],
    [-1, [-Math.E, 0, 0]],
    [-0.5, [-2 * Math.E ** 2, 0, 0]],
  ])("celu with alpha %d bends no more at 0", (alpha, expected) => {
    const [first, second] = slopes(leaf(-1, 0, 3e38), (x) => functional.celu(x, alpha));
    expectClose(first, [Math.exp(-1 / alpha), 1, 1]);
    expectClose(second, expected);
  });

  test("elu's slope is exact where its value is nearly −alpha", () => {
    const [first, second] = slopes(leaf(-20, 100, inf), (x) => functional.elu(x, 2));
    expectClose(first, [4.1223072e-9, 1, 1], { rtol: 1e-5, atol: 0 });
    expectClose(second, [4.1223072e-9, 0, 0], { rtol: 1e-5, atol: 0 });
  });

  test("hardsigmoid: the slope is 0 at ±3, beyond, and at NaN", () => {
    const [y, slope] = valueAndSlope(leaf(-inf, -3, -1.5, 0, 3, inf, nan), functional.hardsigmoid);
    expectClose(y, [0, 0, 0.25, 0.5, 1, 1, nan]);
    expectClose(slope, [0, 0, 1 / 6, 1 / 6, 0, 0, 0]);
  });

  test("smoothL1Loss with beta 0: at a tie the slopes of input and target are both −1", () => {
    const [x, y] = [leaf(0, 1, -2, nan), leaf(0, 0, 0, 0)];
    const loss = functional.smoothL1Loss(x, y, { beta: 0, reduction: "none" });
    expectClose(loss, [0, 1, 2, nan]);
    const [forInput, forTarget] = grad(sum(loss), [x, y], { createGraph: true });
    expectClose(forInput!, [-1, 1, -1, nan]);
    expectClose(forTarget!, [-1, -1, 1, nan]);
    expectClose(grad(sum(forInput!), [x])[0]!, [0, 0, 0, 0]);
  });

  test.each([
    ["huberLoss", functional.huberLoss],
    ["smoothL1Loss", functional.smoothL1Loss],
  ])("%s: where the difference is NaN, the slopes are NaN, and their slope 0", (_, loss) => {
    const [x, y] = [leaf(nan, 0.5, inf), leaf(0, 0, inf)];
    const [forInput, forTarget] = grad(sum(loss(x, y, { reduction: "none" })), [x, y], { createGraph: true });
    expectClose(forInput!, [nan, 0.5, nan]);
    expectClose(forTarget!, [nan, -0.5, nan]);
    const [byInput, byTarget] = grad(sum(forInput!), [x, y]);
    expectClose(byInput!, [0, 1, 0]);
    expectClose(byTarget!, [0, -1, 0]);
  });

  test("klDivLoss of scalars: the batch mean is the loss itself", () => {
    expectClose(functional.klDivLoss(tensor(-1), tensor(0.5), { reduction: "batchmean" }), 0.1534264088);
  });

  test("losses promote int32 where PyTorch does, and refuse it where PyTorch does", () => {
    const { mseLoss, l1Loss, smoothL1Loss, huberLoss, bceLoss, bceWithLogitsLoss, klDivLoss } = functional;
    const [floats, ints] = [tensor([0.25, 0.75]), tensor(new Int32Array([1, 0]))];
    for (const [loss, value] of [
      [mseLoss, 0.5625],
      [l1Loss, 0.75],
      [smoothL1Loss, 0.28125],
    ] as const) {
      expectClose(loss(floats, ints), value);
      expectClose(loss(ints, floats), value);
      expect(() => loss(ints, ints)).toThrow(DTypeError);
    }
    expectClose(huberLoss(floats, ints), 0.28125);
    expect(() => huberLoss(ints, floats)).toThrow("huberLoss: expected a float32 input, got int32");
    for (const loss of [bceLoss, bceWithLogitsLoss, klDivLoss]) {
      expect(() => loss(floats, ints)).toThrow(/^\w+Loss: expected a float32 target, got int32/);
      expect(() => loss(ints, floats)).toThrow(/^\w+Loss: expected a float32 input, got int32/);
    }
    const yes = tensor([1, 0]);
    const weight = tensor(new Int32Array([1, 3]));
    expectClose(bceLoss(floats, yes, { weight }), 2.7725887298583984);
    expectClose(bceWithLogitsLoss(floats, yes, { weight }), 1.9932762384414673);
    expectClose(bceWithLogitsLoss(floats, yes, { posWeight: weight }), 0.8564051985740662);
  });

  test("a loss weight must broadcast to the input, and not beyond", () => {
    const [x, y] = [ones([2]), ones([2])];
    for (const options of [{ weight: ones([3, 2]) }, { posWeight: ones([3, 2]) }, { weight: ones([3]) }])
      expect(() => functional.bceWithLogitsLoss(x, y, options)).toThrow(
        /^bceWithLogitsLoss: (weight|posWeight) of shape \[.*\] does not broadcast to the input's, \[2\]/,
      );
    expect(() => functional.bceLoss(x, y, { weight: ones([1, 2]) })).toThrow(ShapeError);
    expectClose(functional.bceLoss(ones([2, 1]), zeros([2, 1]), { weight: tensor([0.5]) }), 50);
  });

  test.each([1, 2])("elu with alpha %d bends no more at 0, where its slope is alpha", (alpha) => {
    const [first, second] = slopes(leaf(0, -1, 1), (x) => functional.elu(x, alpha));
    expectClose(first, [alpha, alpha / Math.E, 1]);
    expectClose(second, [0, alpha / Math.E, 0]);
  });

  test("softplus bends no more at its threshold", () => {
    const [first, second] = slopes(leaf(1, 2, 3, -1), (x) => functional.softplus(x, { beta: 2, threshold: 4 }));
    expectClose(first, [0.8807970881, 0.982013762, 1, 0.1192029193]);
    expectClose(second, [0.209987253, 0, 0, 0.2099871635]);
  });

  test("prelu keeps the shape of a scalar, and gives its weight no share of what it does not scale", () => {
    const weight = leaf(0.25);
    const [y, slope] = valueAndSlope(leaf(Infinity, -2), (x) => functional.prelu(x, weight));
    expectClose(y, [Infinity, -0.5]);
    expectClose(slope, [1, 0.25]);
    expectClose(weight.grad!, [-2]);
    expect(functional.prelu(tensor(-2), weight).shape).toEqual([]);
  });

  test.each([
    ["huberLoss", functional.huberLoss],
    ["smoothL1Loss", functional.smoothL1Loss],
  ])("%s of an infinite difference has the slope of its linear part", (_, loss) => {
    const [y, slope] = valueAndSlope(leaf(3, -Infinity, 0.5), (x) => loss(x, tensor([0, 0, 0]), { reduction: "none" }));
    expectClose(y, [2.5, Infinity, 0.125]);
    expectClose(slope, [1, -1, 0.5]);
  });

  test.each<[string, (x: Tensor) => Tensor, number[]]>([
    ["softshrink's lambd", (x) => functional.softshrink(x, inf), [0, 0]],
    ["smoothL1Loss's beta", (x) => functional.smoothL1Loss(x, zeros([2]), { beta: inf, reduction: "none" }), [0, 0]],
    ["normalize's eps", (x) => functional.normalize(x, { dim: 0, eps: inf }), [0, 0]],
    ["cosineSimilarity's eps", (x) => functional.cosineSimilarity(x, ones([2]), { dim: 0, eps: inf }), [0]],
    ["rmsNorm's eps", (x) => functional.rmsNorm(x, 2, { eps: inf }), [0, 0]],
  ])("%s may be infinite: nothing is left, nor of the slope", (_, f, expected) => {
    const [y, slope] = valueAndSlope(leaf(1, -2), f);
    expectClose(reshape(y, [y.size]), expected);
    expectClose(slope, [0, 0]);
  });

  test("klDivLoss of a negative target is NaN, as its logarithm is", () => {
    const [y, slope] = valueAndSlope(leaf(0.5, 1, 2), (x) =>
      functional.klDivLoss(x, tensor([-1, 0, 0.5]), { reduction: "none" }),
    );
    expectClose(y, [NaN, 0, -1.3465735912]);
    expectClose(slope, [1, 0, -0.5]);
  });

  test("negative reflection borders crop", () => {
    const image = reshape(arange(1, 13), [1, 1, 3, 4]);
    const rows = [
      [6, 7, 8, 7, 6],
      [2, 3, 4, 3, 2],
      [6, 7, 8, 7, 6],
    ];
    expectClose(new ReflectionPad2d([-1, 2, 1, -1]).forward(image), rows.flat());
    expect(() => new ReflectionPad2d([-3, -2, 0, 0]).forward(image)).toThrow(ShapeError);
  });

  test("what borders crop to nothing has the gradient 0, and an empty axis needs no border", () => {
    const x = ones([2, 3], { requiresGrad: true });
    const nothing = functional.padBorder(x, [[-3, 0]], { mode: "replicate" });
    expect(nothing.shape).toEqual([2, 0]);
    backward(sum(nothing));
    expectClose(x.grad!, [0, 0, 0, 0, 0, 0]);
    const border = [
      [0, 0],
      [1, 1],
    ] as const;
    expect(functional.padBorder(zeros([0, 3]), border, { mode: "reflect" }).shape).toEqual([0, 5]);
  });

  test("rmsNorm: the gradient of large values is right, whose cubes are beyond float32", () => {
    const [, slope] = valueAndSlope(leaf(3e15, 4e15), (x) =>
      mul(functional.rmsNorm(x, [2]), tensor([3.5355339e15, 0])),
    );
    expectClose(slope, [0.64, -0.48]);
  });
});

describe("running statistics that are no longer tracked", () => {
  test.each([
    ["BatchNorm2d", (): BatchNorm2d | InstanceNorm2d => new BatchNorm2d(2)],
    ["InstanceNorm2d", () => new InstanceNorm2d(2, { affine: true, trackRunningStats: true })],
  ])("%s: are not reset, but weight and bias are", (_, make) => {
    const norm = make();
    norm.runningMean!.assign(tensor([3, 4]));
    norm.numBatchesTracked!.assign(tensor(5, { dtype: "int32" }));
    init.constant(norm.weight!, 7);
    Object.assign(norm, { trackRunningStats: false });
    norm.resetParameters();
    expectClose(norm.runningMean!, [3, 4]);
    expectClose(norm.weight!, [1, 1]);
    Object.assign(norm, { trackRunningStats: true });
    norm.resetRunningStats();
    expectClose(norm.runningMean!, [0, 0]);
    expectClose(norm.numBatchesTracked!, 0);
  });
});

test("GroupNorm refuses one image with one value a group, of which only zeros could come", () => {
  expect(() => new GroupNorm(3, 3).forward(ones([1, 3]))).toThrow(/more than 1 value per group.*\[1, 3\]/);
  expect(new GroupNorm(3, 3).forward(ones([2, 3])).shape).toEqual([2, 3]);
});

test("results that no gradient reads may be changed before the backward pass", () => {
  const { bceLoss, celu, hardsigmoid, hardswish, huberLoss, mish } = functional;
  const half = full([2], 0.5);
  for (const fn of [
    celu,
    hardsigmoid,
    hardswish,
    mish,
    (x: Tensor) => bceLoss(x, half),
    (x: Tensor) => huberLoss(x, half),
  ]) {
    const gradientOf = (change: boolean): number[] => {
      const x = tensor([0.25, 0.75], { requiresGrad: true });
      const y = fn(x);
      if (change) noGrad(() => y.assign(full(y.shape, 9)));
      backward(y, { gradient: ones(y.shape) });
      return [...x.grad!.dataSync()];
    };
    expect(gradientOf(true), fn.name).toEqual(gradientOf(false));
  }
});
