import { grad } from "@tapegrad/autograd";
import {
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  DTypeError,
  fromHost,
  noGrad,
  ones,
  randn,
  refill,
  setThreads,
  sgdStep,
  ShapeError,
  sum,
  tensor,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { type Conv2dConfiguration, conv2dConfigurations, eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conv2dReference } from "./reference/conv2d.ts";

/** Small integers: every sum is exact in float32, so no tolerance is needed. */
function integers(shape: readonly number[], seed: number): Float32Array {
  let state = seed | 1;
  return Float32Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, () => {
    state = Math.imul(state, 1664525) + 1013904223;
    return ((state >>> 24) % 17) - 8;
  });
}

const exact = { rtol: 0, atol: 0 };

eachDevice((name) => {
  test("a kernel of one tap multiplies", () => {
    expectClose(
      conv2d(
        tensor([
          [
            [
              [1, 2],
              [3, 4],
            ],
          ],
        ]),
        tensor([[[[10]]]]),
        tensor([1]),
      ),
      [11, 21, 31, 41],
    );
  });

  test("an edge kernel is correlated, not flipped", () => {
    expectClose(conv2d(tensor([[[[0, 0, 5, 5]]]]), tensor([[[[-1, 1]]]])), [0, 5, 0]);
  });

  test("padding same puts the odd zero on the right and bottom", () => {
    expectClose(conv2d(tensor([[[[1, 2, 3]]]]), ones([1, 1, 1, 2]), null, { padding: "same" }), [3, 5, 3]);
  });

  test("an image without batch axis gives one without", () => {
    const image = randn([2, 5, 5]);
    const weight = randn([3, 2, 3, 3]);
    const y = conv2d(image, weight);
    expect(y.shape).toEqual([3, 3, 3]);
    expectClose(y, conv2d(fromHost(image.dataSync() as Float32Array, [1, 2, 5, 5]), weight).dataSync(), exact);
  });

  test("an empty batch gives an empty batch, and a zero gradient for the weight", () => {
    const weight = randn([3, 2, 3, 3], { requiresGrad: true });
    const bias = randn([3], { requiresGrad: true });
    const y = conv2d(zeros([0, 2, 5, 6]), weight, bias);
    expect(y.shape).toEqual([0, 3, 3, 4]);
    const [dweight, dbias] = grad([sum(y)], [weight, bias]);
    expectClose(dweight!, new Float32Array(54), exact);
    expectClose(dbias!, new Float32Array(3), exact);
  });

  test("convolution and both gradients equal a loop in double precision, for any geometry", () => {
    const runs = name === "gpu:cpu" ? 30 : 120;
    fc.assert(
      fc.property(conv2dConfigurations(), fc.integer(), (configuration, seed) => checkAgainstLoop(configuration, seed)),
      { numRuns: runs },
    );
  });

  test("more channels than a block, and taps than are unrolled", () => {
    checkAgainstLoop(
      { ...square, inputShape: [2, 9, 9, 8], weightShape: [6, 9, 7, 6], outputShape: [2, 6, 5, 5], padding: [1, 1] },
      3,
    );
    checkAgainstLoop(
      {
        ...square,
        inputShape: [17, 3, 5, 5],
        weightShape: [37, 3, 2, 2],
        outputShape: [17, 37, 4, 4],
        padding: [0, 0],
      },
      5,
    );
    checkAgainstLoop(
      { ...square, inputShape: [1, 1, 3, 45], weightShape: [4, 1, 1, 3], outputShape: [1, 4, 3, 43], padding: [0, 0] },
      7,
    );
  });

  test("a single tap is a product of matrices, whatever the number of images, channels and pixels", () => {
    const extents = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 14, max: 40 }),
      fc.integer({ min: 14, max: 40 }),
      fc.integer({ min: 3, max: 9 }),
      fc.integer({ min: 3, max: 9 }),
    );
    fc.assert(
      fc.property(extents, fc.boolean(), fc.integer(), ([images, from, to, height, width], bias, seed) =>
        checkAgainstLoop(
          {
            ...square,
            bias,
            inputShape: [images, from, height, width],
            weightShape: [to, from, 1, 1],
            outputShape: [images, to, height, width],
            padding: [0, 0],
          },
          seed,
        ),
      ),
      { numRuns: name === "wasm" ? 60 : 5 },
    );
    const large = { ...square, bias: true, padding: [0, 0] } as const;
    checkAgainstLoop(
      { ...large, inputShape: [2, 300, 16, 17], weightShape: [33, 300, 1, 1], outputShape: [2, 33, 16, 17] },
      9,
    );
  });

  test("a convolution is not taken for an earlier one of nearly the same geometry", () => {
    // Nearly all have an output of 2 × 2, so that no shape of a tensor tells them apart.
    const base: Conv2dConfiguration = {
      ...square,
      inputShape: [2, 4, 7, 7],
      weightShape: [4, 4, 2, 2],
      outputShape: [2, 4, 2, 2],
      stride: [4, 4],
      padding: [0, 0],
    };
    const others: readonly Partial<Conv2dConfiguration>[] = [
      { padding: [1, 1] },
      { padding: [0, 1] },
      { padding: [1, 0] },
      { dilation: [2, 2] },
      { dilation: [1, 2] },
      { dilation: [2, 1] },
      { stride: [5, 5] },
      { stride: [4, 5] },
      { stride: [5, 4] },
      { inputShape: [2, 8, 7, 7], weightShape: [4, 8, 2, 2] },
      { groups: 2, inputShape: [2, 8, 7, 7] },
      { groups: 4, weightShape: [4, 1, 2, 2] },
      { weightShape: [8, 4, 2, 2], outputShape: [2, 8, 2, 2] },
      { weightShape: [4, 4, 1, 3] },
      { weightShape: [4, 4, 3, 1] },
      { inputShape: [2, 4, 6, 8] },
      { inputShape: [2, 4, 7, 8] },
      { inputShape: [2, 4, 7, 11], outputShape: [2, 4, 2, 3] },
      { bias: true },
    ];
    checkAgainstLoop(base, 11);
    for (const other of others) {
      checkAgainstLoop({ ...base, ...other }, 12);
      checkAgainstLoop(base, 13);
    }
  });

  test("a stride that leaves places of the input unread gives them no gradient", () => {
    const dx = conv2dInputGrad(ones([1, 1, 2, 2]), ones([1, 1, 1, 1]), [1, 1, 4, 5], { stride: 3 });
    expectClose(dx, [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0], exact);
  });
});

const square = { bias: false, stride: [1, 1], dilation: [1, 1], groups: 1 } as const;

function checkAgainstLoop(configuration: Conv2dConfiguration, seed: number): void {
  const { inputShape, weightShape, outputShape, stride, padding, dilation, groups } = configuration;
  const [x, weight, dy] = [
    integers(inputShape, seed),
    integers(weightShape, seed + 1),
    integers(outputShape, seed + 2),
  ];
  const bias = configuration.bias ? integers([weightShape[0]], seed + 3) : null;
  const expected = conv2dReference(configuration, x, weight, bias, dy);
  const options = { stride, padding, dilation, groups };
  const [tx, tw, tdy] = [fromHost(x, inputShape), fromHost(weight, weightShape), fromHost(dy, outputShape)];
  const y = conv2d(tx, tw, bias === null ? null : fromHost(bias, [bias.length]), options);
  expect(y.shape).toEqual(outputShape);
  expectClose(y, expected.y, exact);
  expectClose(conv2dInputGrad(tdy, tw, inputShape, options), expected.dx, exact);
  expectClose(conv2dWeightGrad(tdy, tx, weightShape, options), expected.dweight, exact);
}

describe("threads", () => {
  test("results are the same to the last bit for any number of threads", () => {
    const run = (x: Tensor, weight: Tensor, dy: Tensor, groups: number): readonly ArrayLike<number>[] => {
      const options = { padding: "same", groups } as const;
      return [
        conv2d(x, weight, null, options),
        conv2dInputGrad(dy, weight, x.shape, options),
        conv2dWeightGrad(dy, x, weight.shape, options),
      ].map((result) => result.dataSync());
    };
    for (const [images, channels, out, groups, taps] of [
      [33, 8, 12, 1, 3],
      [3, 6, 6, 6, 3],
      [9, 5, 7, 1, 3],
      [5, 32, 40, 1, 1],
      [1, 480, 40, 1, 1],
    ] as const) {
      const [x, weight, dy] = [
        randn([images, channels, 13, 14]),
        randn([out, channels / groups, taps, taps]),
        randn([images, out, 13, 14]),
      ];
      setThreads(1);
      const alone = run(x, weight, dy, groups);
      for (const threads of [2, 4]) {
        setThreads(threads);
        expect(run(x, weight, dy, groups)).toEqual(alone);
      }
    }
  });
});

describe("refusals", () => {
  const x = zeros([2, 3, 5, 5]);

  test.each<[string, () => Tensor, typeof ShapeError | typeof ValueError, string]>([
    [
      "channels",
      () => conv2d(x, zeros([16, 1, 3, 3])),
      ShapeError,
      "conv2d: input [2, 3, 5, 5] has 3 channels but weight [16, 1, 3, 3] expects 1 in 1 group",
    ],
    [
      "channels that come last",
      () => conv2d(zeros([2, 28, 28, 1]), zeros([16, 1, 3, 3])),
      ShapeError,
      "conv2d: input [2, 28, 28, 1] has 28 channels but weight [16, 1, 3, 3] expects 1 in 1 group; pictures are [n, c, h, w]: if channels come last, permute(x, [0, 3, 1, 2])",
    ],
    [
      "channels of groups",
      () => conv2d(x, zeros([16, 2, 3, 3]), null, { groups: 2 }),
      ShapeError,
      "conv2d: input [2, 3, 5, 5] has 3 channels but weight [16, 2, 3, 3] expects 4 in 2 groups",
    ],
    [
      "groups",
      () => conv2d(x, zeros([4, 1, 3, 3]), null, { groups: 3 }),
      ShapeError,
      "conv2d: 4 output channels cannot be divided into 3 groups",
    ],
    [
      "kernel",
      () => conv2d(x, zeros([4, 3, 6, 3])),
      ShapeError,
      "conv2d: the kernel reaches over 6 × 3 but the padded input is only 5 × 5",
    ],
    [
      "rank",
      () => conv2d(zeros([3, 5]), zeros([4, 3, 3, 3])),
      ShapeError,
      "conv2d: expected an input of shape [n, c, h, w] or [c, h, w], got shape [3, 5]",
    ],
    [
      "weight",
      () => conv2d(x, zeros([4, 3, 3])),
      ShapeError,
      "conv2d: expected a weight of shape [out, in / groups, kh, kw], got shape [4, 3, 3]",
    ],
    [
      "bias",
      () => conv2d(x, zeros([4, 3, 3, 3]), zeros([3])),
      ShapeError,
      "conv2d: expected a bias of shape [4], got [3]",
    ],
    [
      "stride",
      () => conv2d(x, zeros([4, 3, 3, 3]), null, { stride: 0 }),
      ValueError,
      "conv2d: stride must be a positive integer or a pair of them, got 0",
    ],
    [
      "padding",
      () => conv2d(x, zeros([4, 3, 3, 3]), null, { padding: [0, -1] }),
      ValueError,
      "conv2d: padding must be a non-negative integer or a pair of them, got [0, -1]",
    ],
    [
      "dilation",
      () => conv2d(x, zeros([4, 3, 3, 3]), null, { dilation: 1.5 }),
      ValueError,
      "conv2d: dilation must be a positive integer or a pair of them, got 1.5",
    ],
    [
      "number of groups",
      () => conv2d(x, zeros([4, 3, 3, 3]), null, { groups: 0 }),
      ValueError,
      "conv2d: groups must be a positive integer, got 0",
    ],
    [
      "same with a stride",
      () => conv2d(x, zeros([4, 3, 3, 3]), null, { padding: "same", stride: 2 }),
      ValueError,
      'conv2d: padding "same" is not supported for strided convolutions, got stride 2 × 2',
    ],
    [
      "no rows",
      () => conv2d(zeros([1, 3, 0, 5]), zeros([4, 3, 3, 3]), null, { padding: 2 }),
      ShapeError,
      "conv2d: only the batch may be empty, got input [1, 3, 0, 5] and weight [4, 3, 3, 3]",
    ],
    [
      "gradient",
      () => conv2dInputGrad(zeros([2, 4, 3, 3]), zeros([4, 3, 3, 3]), [2, 3, 6, 6]),
      ShapeError,
      "conv2dInputGrad: expected a gradient of shape [2, 4, 4, 4], got [2, 4, 3, 3]",
    ],
    [
      "gradient for the weight",
      () => conv2dWeightGrad(zeros([2, 4, 3, 3]), x, [4, 3, 2, 2]),
      ShapeError,
      "conv2dWeightGrad: expected a gradient of shape [2, 4, 4, 4], got [2, 4, 3, 3]",
    ],
  ])("%s", (_, call, type, message) => {
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  test("int32", () => {
    expect(() => conv2d(zeros([1, 1, 3, 3], { dtype: "int32" }), zeros([1, 1, 1, 1]))).toThrow(DTypeError);
  });
});

describe("weights that are read again and again", () => {
  const slots = (parameter: Tensor) => [{ parameter, gradient: ones(parameter.shape), momentumBuffer: null }];
  const plain = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, maximize: false, first: true };
  /** Each replaces the values of weights, and gives those for another run. */
  const changes: Readonly<Record<string, (weight: Tensor, round: number) => void>> = {
    "an optimizer's step": (weight) => sgdStep(slots(weight), { lr: 0.5, ...plain }),
    assigning: (weight, round) => void weight.assign(fromHost(integers(weight.shape, round + 50), weight.shape)),
    refilling: (weight, round) => void refill(weight, round + 1),
  };
  test.each(Object.keys(changes))("are transformed anew after %s", async (name) => {
    const x = fromHost(integers([1, 16, 12, 12], 3), [1, 16, 12, 12]);
    const dy = fromHost(integers([1, 24, 12, 12], 4), [1, 24, 12, 12]);
    for (const [shape, stride] of [
      // By Winograd's method, and directly.
      [[24, 16, 3, 3], 1],
      [[24, 16, 3, 3], 2],
    ] as const) {
      const weight = fromHost(integers(shape, 1), shape);
      const look = async (read: Tensor): Promise<number[]> => [
        ...(await conv2d(x, read, null, { padding: 1, stride }).data()),
        ...(stride === 1 ? await conv2dInputGrad(dy, read, x.shape, { padding: 1 }).data() : []),
      ];
      for (let round = 0; round < 3; round++) {
        const expected = await look(fromHost((await weight.data()) as Float32Array, shape));
        for (let again = 0; again < 4; again++) expect(await look(weight)).toEqual(expected);
        noGrad(() => changes[name]!(weight, round));
      }
    }
  });

  test("serve convolutions of different kinds, a bias too", async () => {
    const [weight, bias] = [fromHost(integers([24, 2, 3, 3], 1), [24, 2, 3, 3]), fromHost(integers([24], 2), [24])];
    const few = fromHost(integers([1, 2, 9, 9], 3), [1, 2, 9, 9]);
    const many = fromHost(integers([1, 8, 9, 9], 4), [1, 8, 9, 9]);
    const wide = fromHost(integers([24, 1, 3, 3], 5), [24, 1, 3, 3]);
    const look = async (w: Tensor, b: Tensor): Promise<number[][]> => {
      const results = [
        conv2d(few, w, b, { stride: 2 }),
        conv2d(few, w, b, { dilation: 2 }),
        conv2d(many, w, b, { groups: 4 }),
        conv2d(many, wide, b, { groups: 8, stride: 2 }),
      ];
      return Promise.all(results.map(async (each) => [...(await each.data())]));
    };
    const expected = await look(
      fromHost((await weight.data()) as Float32Array, weight.shape),
      fromHost((await bias.data()) as Float32Array, bias.shape),
    );
    for (let again = 0; again < 4; again++) expect(await look(weight, bias)).toEqual(expected);
  });
});
