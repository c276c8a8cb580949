import { backward } from "@tapegrad/autograd";
import {
  add,
  batchNorm,
  conv2d,
  fromHost,
  Generator,
  maxPool2d,
  maxPool2dWithIndices,
  memoryStats,
  mul,
  noGrad,
  ones,
  profile,
  randn,
  relu,
  reshape,
  scope,
  setFusion,
  sgdStep,
  sigmoid,
  square,
  sub,
  sum,
  tanh,
  tensor,
  type Tensor,
  where,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";

afterEach(() => setFusion(true));

/** What is done to a picture, step by step; each keeps its shape but pooling, and `recut`, which makes channels of rows. */
const kinds = ["conv", "batchNorm", "evalNorm", "relu", "pool", "residual", "gate", "scale", "recut", "look"] as const;
type Step = (typeof kinds)[number];

const steps = fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 9 });
const extents = fc.record({
  n: fc.integer({ min: 1, max: 4 }),
  c: fc.integer({ min: 1, max: 5 }),
  h: fc.integer({ min: 8, max: 21 }),
  w: fc.integer({ min: 8, max: 21 }),
});

/** The output, what `look` saw and, if the chain is recorded, the gradients of all leaves. */
async function run(
  list: readonly Step[],
  shape: readonly [number, number, number, number],
  seed: number,
  recorded: boolean,
): Promise<number[][]> {
  const generator = new Generator(seed);
  const leaf = (dims: readonly number[]): Tensor => randn(dims, { generator, requiresGrad: recorded });
  const x = leaf(shape);
  const leaves = [x];
  const seen: Tensor[] = [];
  let h: Tensor = x;
  for (const step of list) {
    const [n, c, rows, columns] = h.shape as [number, number, number, number];
    if (step === "batchNorm" || step === "evalNorm") {
      const [weight, bias] = [leaf([c]), leaf([c])];
      leaves.push(weight, bias);
      const options = step === "batchNorm" ? { training: true } : { runningMean: zeros([c]), runningVar: ones([c]) };
      h = batchNorm(h, { ...options, weight, bias });
    } else if (step === "conv") {
      const weight = mul(leaf([c, c, 3, 3]), 1 / (3 * Math.sqrt(c)));
      h = conv2d(h, weight, null, { padding: 1 });
    } else if (step === "relu") h = relu(h);
    else if (step === "pool") h = rows < 4 || columns < 4 ? h : maxPool2d(h, 2);
    else if (step === "residual") h = add(h, leaves[leaves.push(leaf(h.shape)) - 1]!);
    else if (step === "gate") h = mul(h, sigmoid(h));
    else if (step === "scale") h = tanh(mul(h, 0.5));
    else if (step === "recut") h = rows % 2 === 0 ? reshape(h, [n, 2 * c, rows / 2, columns]) : h;
    else seen.push(h);
  }
  if (recorded) backward(sum(mul(h, randn(h.shape, { generator }))));
  const values = [h, ...seen, ...leaves.flatMap(({ grad }) => (grad === null ? [] : [grad]))];
  const results: number[][] = [];
  for (const value of values) results.push([...(await value.data())]);
  return results;
}

/** What can be fused in a row. */
type Link = "conv" | "norm" | "sum" | "relu" | "pool" | "sigmoid" | "tanh";

/** Values that are there before a kernel is looked for. */
function fixed(shape: readonly number[]): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    { shape },
  );
}

eachDevice((name) => {
  test("fused and unfused chains give the same values and gradients", async () => {
    await fc.assert(
      fc.asyncProperty(steps, extents, fc.nat(), fc.boolean(), async (list, { n, c, h, w }, seed, recorded) => {
        setFusion(true);
        const fused = await run(list, [n, c, h, w], seed, recorded);
        setFusion(false);
        const plain = await run(list, [n, c, h, w], seed, recorded);
        expect(fused.length).toBe(plain.length);
        fused.forEach((values, i) => expectClose(values, plain[i]!, { rtol: 1e-3, atol: 1e-3 }));
      }),
      { numRuns: 150 },
    );
  });

  const acrossShapes: readonly (readonly Step[])[] = [
    ["conv", "recut", "evalNorm", "relu"],
    ["conv", "recut", "pool"],
    ["conv", "evalNorm", "relu", "recut", "pool"],
    ["batchNorm", "relu", "recut", "pool"],
    ["conv", "recut", "residual", "relu"],
  ];
  test.each(acrossShapes.map((list) => ({ list, steps: list.join(", ") })))(
    "nothing is fused across a change of shape: $steps",
    async ({ list }) => {
      for (const recorded of [false, true]) {
        setFusion(true);
        const fused = await run(list, [3, 4, 16, 12], 1, recorded);
        setFusion(false);
        const plain = await run(list, [3, 4, 16, 12], 1, recorded);
        fused.forEach((values, at) => expectClose(values, plain[at]!, { rtol: 1e-4, atol: 1e-4 }));
      }
    },
  );

  test("windows that overlap are pooled for a few pictures at a time, with the convolution before", async () => {
    const generator = new Generator(15);
    const [x, kernel] = [randn([96, 3, 24, 25], { generator }), randn([8, 3, 3, 3], { generator })];
    const pooled = (): Tensor => maxPool2d(relu(conv2d(x, kernel)), 3, { stride: 2 });
    setFusion(true);
    const { result, kernels } = await profile(async () => [...(await pooled().data())]);
    const names = kernels.map(({ kernel: name }) => name).filter((name) => name !== "normal");
    if (x.device.name === "wasm") expect(names).toEqual(["pictureBlocks"]);
    setFusion(false);
    expect(result).toEqual([...(await pooled().data())]);
  });

  test("more pictures than are convolved at once are pooled all the same", async () => {
    const list = ["conv", "evalNorm", "relu", "pool", "conv", "pool"] as const;
    setFusion(true);
    const [fused] = await run(list, [9, 8, 96, 97], 1, false);
    setFusion(false);
    const [plain] = await run(list, [9, 8, 96, 97], 1, false);
    expectClose(fused!, plain!, { rtol: 1e-4, atol: 1e-4 });
  });

  test("a result that is added to itself, or to integers, is the same whatever is fused, and computed once", async () => {
    const x = fixed([2, 3, 24, 20]);
    const statistics = { runningMean: fixed([3]), runningVar: ones([3]) };
    const links: readonly (readonly [kernels: number, link: (x: Tensor) => Tensor])[] = [
      [1, (y) => conv2d(y, fixed([3, 3, 3, 3]), null, { padding: 1 })],
      [1, (y) => batchNorm(y, statistics)],
      [2, (y) => batchNorm(conv2d(y, fixed([3, 3, 1, 1])), statistics)],
    ];
    const integers = tensor(
      Int32Array.from({ length: x.size }, (_, i) => i % 5),
      { shape: x.shape },
    );
    const sums = [(y: Tensor) => add(y, y), (y: Tensor) => add(y, integers), (y: Tensor) => add(integers, y)];
    for (const [most, link] of links)
      for (const sum of sums) {
        const values: ArrayLike<number>[] = [];
        for (const fusion of [true, false]) {
          setFusion(fusion);
          const { result, kernels } = await profile(() => noGrad(() => relu(sum(link(x)))).data());
          values.push(result);
          const costly = kernels.filter(({ kernel }) => /conv2d|batchNorm/i.test(kernel));
          expect(costly.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThanOrEqual(most);
        }
        expectClose(values[0]!, values[1]!, { rtol: 1e-5, atol: 1e-5 });
      }
  });

  test("chains of the same functions that read their operands in another order are told apart", async () => {
    const [a, b] = [fixed([40, 50]), fixed([40, 50])];
    const chains = [
      (): Tensor => mul(sub(square(a), b), 3),
      (): Tensor => mul(sub(b, square(a)), 3),
      (): Tensor => mul(sub(square(b), b), 3),
    ];
    const values = async (fusion: boolean): Promise<number[][]> => {
      setFusion(fusion);
      const all: number[][] = [];
      for (const chain of chains) all.push([...(await noGrad(chain).data())]);
      return all;
    };
    const [fused, plain] = [await values(true), await values(false)];
    fused.forEach((each, i) => expectClose(each, plain[i]!, { rtol: 1e-5, atol: 1e-5 }));
  });

  test("an intermediate that was never stored is right when looked at after the parameters have changed", async () => {
    const generator = new Generator(5);
    const x = randn([2, 3, 20, 20], { generator });
    const weight = randn([3], { generator, requiresGrad: true });
    const look = async (fusion: boolean): Promise<number[]> => {
      setFusion(fusion);
      const scale = ones([3]);
      scale.assign(weight);
      const normalized = batchNorm(x, { training: true, weight: scale });
      const pooled = maxPool2d(relu(normalized), 2);
      scale.assign(zeros([3]));
      return [...(await normalized.data()), ...(await pooled.data())];
    };
    expectClose(await look(true), await look(false), { rtol: 1e-5, atol: 1e-5 });
  });

  test("a convolution's result reaches batch norm, relu and pooling whatever is fused", async () => {
    const generator = new Generator(7);
    const [x, kernel] = [randn([3, 2, 17, 13], { generator }), randn([4, 2, 3, 3], { generator, requiresGrad: true })];
    const gradients = async (fusion: boolean): Promise<number[]> => {
      setFusion(fusion);
      kernel.grad = null;
      backward(sum(maxPool2d(relu(batchNorm(conv2d(x, kernel), { training: true })), 2)));
      return [...(await kernel.grad!.data())];
    };
    expectClose(await gradients(true), await gradients(false), { rtol: 1e-3, atol: 1e-3 });
  });

  const rules: readonly { readonly list: readonly Link[]; readonly kernel: string }[] = [
    { list: ["conv", "relu"], kernel: "conv2dFused" },
    { list: ["conv", "pool"], kernel: "conv2dFused" },
    { list: ["conv", "norm"], kernel: "conv2dFused" },
    { list: ["conv", "norm", "sum", "relu"], kernel: "conv2dFused" },
    { list: ["conv", "norm", "relu", "pool"], kernel: "conv2dFused" },
    { list: ["norm", "relu"], kernel: "batchNorm" },
    { list: ["norm", "sum", "relu"], kernel: "batchNorm" },
    { list: ["norm", "relu", "pool"], kernel: "batchNormReluMaxPool2d" },
    { list: ["sigmoid", "tanh"], kernel: "elementwiseChain" },
  ];
  test.each(rules.map((rule) => ({ ...rule, steps: rule.list.join(", ") })))(
    "$steps are one kernel",
    async ({ list, kernel }) => {
      const [weight, mean, variance] = [fixed([4, 4, 3, 3]), fixed([4]), square(fixed([4]))];
      const [x, other] = [fixed([2, 4, 16, 18]), fixed([2, 4, 16, 18])];
      await variance.data();
      const links: Record<Link, (x: Tensor) => Tensor> = {
        conv: (y) => conv2d(y, weight, null, { padding: 1 }),
        norm: (y) => batchNorm(y, { runningMean: mean, runningVar: variance }),
        sum: (y) => add(other, y),
        relu,
        pool: (y) => maxPool2d(y, 2),
        sigmoid,
        tanh,
      };
      const { kernels } = await profile(() => list.reduce((y, link) => links[link](y), x).data());
      const ran = kernels.flatMap(({ kernel: each, calls }) => Array.from({ length: calls }, () => each));
      // Only WebAssembly holds convolutions back.
      if (list[0] === "conv" && name !== "wasm") expect(ran).toContain("conv2d");
      else expect(ran).toEqual([kernel]);
    },
  );

  test("the gradients of a relu, and of pooling, behind a batch norm are part of its gradient", async () => {
    const gradientsOf = async (make: (x: Tensor) => Tensor): Promise<string[]> => {
      const x = fixed([2, 4, 16, 18]);
      x.requiresGrad = true;
      const y = make(batchNorm(x, { training: true }));
      const gradient = fixed(y.shape);
      await y.data();
      const { kernels } = await profile(async () => {
        backward(y, { gradient });
        await x.grad!.data();
      });
      return kernels.map(({ kernel }) => kernel).filter((each) => /batchNorm|relu|Pool/i.test(each));
    };
    expect(await gradientsOf(relu)).toEqual(["batchNormGrad"]);
    expect(await gradientsOf((y) => maxPool2d(relu(y), 2))).toEqual(["batchNormReluMaxPool2dGrad"]);
  });

  test("a batch norm, a relu and pooling are one kernel, recorded or not", async () => {
    const x = randn([3, 4, 16, 14], { generator: new Generator(8) });
    const pooled = (): Tensor => maxPool2d(relu(batchNorm(x, { training: true, weight: ones([4]) })), 2);
    setFusion(false);
    const plain = await pooled().data();
    setFusion(true);
    for (const requiresGrad of [false, true]) {
      x.requiresGrad = requiresGrad;
      const { kernels } = await profile(() => expectClose(pooled(), plain, { rtol: 1e-5, atol: 1e-5 }));
      const names = kernels.map(({ kernel }) => kernel);
      expect(names).toContain("batchNormReluMaxPool2d");
      expect(names.some((name) => name.startsWith("maxPool2d"))).toBe(false);
    }
  });

  test("ties, NaN and infinities go through a batch norm, a relu and pooling as if nothing was fused", async () => {
    const generator = new Generator(21);
    for (const [h, w] of [
      [10, 18],
      [11, 13],
    ] as const) {
      // Steps of which many are equal, and some tell how far NaN reaches.
      const values = Float32Array.from(await randn([4, 3, h, w], { generator }).data(), (value) =>
        Math.round(2 * value),
      );
      [NaN, Infinity, -Infinity, NaN].forEach((value, i) => (values[(131 * i + 7) % values.length] = value));
      const constants = {
        runningMean: tensor([0.25, 0, -1]),
        runningVar: tensor([1, 4, 0.5]),
        weight: tensor([1.5, -1, 0]),
        bias: tensor([0.5, 0, -0.5]),
      };
      const round = async (fusion: boolean): Promise<readonly ArrayLike<number>[]> => {
        setFusion(fusion);
        const x = fromHost(values.slice(), [4, 3, h, w]);
        x.requiresGrad = true;
        const [largest, places] = maxPool2dWithIndices(relu(batchNorm(x, constants)), 2);
        const found = [await largest.data(), await places.data()];
        backward(largest, { gradient: randn(largest.shape, { generator: new Generator(22) }) });
        return [...found, await x.grad!.data()];
      };
      const [[fused, fusedPlaces, fusedGrad], [plain, plainPlaces, plainGrad]] = [
        await round(true),
        await round(false),
      ];
      expect(fused).toEqual(plain);
      expect(fusedPlaces).toEqual(plainPlaces);
      for (const [i, value] of values.entries()) {
        if (!Number.isNaN(value)) continue;
        const [row, column] = [Math.floor(i / w) % h, i % w];
        const window = (Math.floor(i / (h * w)) * (h >> 1) + (row >> 1)) * (w >> 1) + (column >> 1);
        expect([fused![window], fusedPlaces![window]]).toEqual([NaN, row * w + column]);
      }
      expectClose(fusedGrad!, plainGrad!, { rtol: 1e-6, atol: 1e-6 });
    }
  });

  test("pooling that does not lie side by side, or reaches out, is the same whatever is fused", async () => {
    const poolings = [
      [2, { ceilMode: true }],
      [2, { dilation: [1, 2] }],
      [2, { dilation: [2, 1] }],
      [2, { stride: [1, 2] }],
      [2, { stride: [2, 1] }],
      [2, { padding: [0, 1] }],
      [2, { padding: [1, 0] }],
      [[2, 3], { stride: 2 }],
      [[3, 2], { stride: 2 }],
    ] as const;
    const generator = new Generator(12);
    const kernel = randn([4, 4, 3, 3], { generator, requiresGrad: true });
    const heads: Record<string, (x: Tensor) => Tensor> = {
      "batch norm, relu": (x) => relu(batchNorm(x, { training: true })),
      "convolution, relu": (x) => relu(conv2d(x, kernel)),
      "convolution, batch norm, relu": (x) =>
        relu(batchNorm(conv2d(x, kernel), { runningMean: zeros([4]), runningVar: ones([4]) })),
    };
    for (const [h, w] of [
      [13, 15],
      [14, 15],
      [13, 16],
      [14, 16],
    ] as const) {
      // Large enough for what is done to it to be held back.
      const x = randn([3, 4, h, w], { generator });
      for (const [label, head] of Object.entries(heads)) {
        for (const [size, options] of poolings) {
          for (const recorded of [false, true]) {
            const round = async (fusion: boolean): Promise<number[]> => {
              setFusion(fusion);
              const leaf = x.detach();
              leaf.requiresGrad = recorded;
              kernel.requiresGrad = recorded;
              const y = maxPool2d(head(leaf), size, options);
              if (!recorded) return [...(await y.data())];
              backward(sum(mul(y, y)));
              return [...(await y.data()), ...(await leaf.grad!.data())];
            };
            const [fused, plain] = [await round(true), await round(false)];
            expect(fused.length, label).toBe(plain.length);
            expectClose(fused, plain, { rtol: 1e-4, atol: 1e-4 });
          }
        }
      }
    }
  });

  test.each([4, 20])(
    "a convolution of %i channels is finished and pooled to the same bits whatever is fused, NaN and infinities too",
    async (channels) => {
      const generator = new Generator(14);
      const kernel = randn([channels + 1, channels, 3, 3], { generator });
      const bias = randn([channels + 1], { generator });
      const running = { runningMean: bias, runningVar: ones([channels + 1]), weight: bias };
      const heads: Record<string, (x: Tensor) => Tensor> = {
        "no more": (x) => conv2d(x, kernel, bias, { padding: 1 }),
        relu: (x) => relu(conv2d(x, kernel, bias, { padding: 1 })),
        "batch norm, relu": (x) => relu(batchNorm(conv2d(x, kernel, null, { padding: 1 }), running)),
      };
      for (const [h, w] of [
        [14, 14],
        [17, 33],
        [16, 32],
        [8, 11],
      ] as const) {
        const values = await randn([3, channels, h, w], { generator }).data();
        values[h * w - 20] = NaN;
        values[channels * h * w + 3] = -Infinity;
        const x = fromHost(values as Float32Array, [3, channels, h, w]);
        for (const [label, head] of Object.entries(heads)) {
          const round = async (fusion: boolean): Promise<number[]> => {
            setFusion(fusion);
            return [...(await maxPool2d(head(x), 2).data())];
          };
          const [fused, plain] = [await round(true), await round(false)];
          expect(fused, `${label}, ${h} × ${w}`).toEqual(plain);
          expect(fused.some(Number.isNaN)).toBe(true);
        }
      }
    },
  );

  test("a convolution that two batch norms read is each's, whatever is fused", async () => {
    const generator = new Generator(13);
    const [x, kernel] = [randn([2, 3, 18, 17], { generator }), randn([4, 3, 3, 3], { generator })];
    const [one, two] = [randn([4], { generator }), randn([4], { generator })];
    const look = async (fusion: boolean, first: 0 | 1): Promise<number[][]> => {
      setFusion(fusion);
      const y = conv2d(x, kernel);
      const norms = [one, two].map((weight) =>
        relu(batchNorm(y, { runningMean: zeros([4]), runningVar: ones([4]), weight })),
      );
      const looked = await norms[first]!.data();
      const other = await norms[1 - first]!.data();
      return [[...looked], [...other], [...(await y.data())]];
    };
    for (const first of [0, 1] as const) {
      const [fused, plain] = [await look(true, first), await look(false, first)];
      fused.forEach((values, i) => expectClose(values, plain[i]!, { rtol: 1e-5, atol: 1e-5 }));
    }
  });

  test("a convolution, a batch norm in eval mode, a sum and a relu are the same whatever is fused; on wasm to the last bit", async () => {
    const convolutions = fc.record({
      images: fc.integer({ min: 1, max: 3 }),
      from: fc.integer({ min: 1, max: 10 }),
      to: fc.integer({ min: 1, max: 12 }),
      grouped: fc.boolean(),
      side: fc.integer({ min: 5, max: 20 }),
      kernel: fc.constantFrom(1, 3, 5),
      stride: fc.constantFrom(1, 2),
      biased: fc.boolean(),
      tail: fc.subarray(["norm", "sum", "relu"] as const),
    });
    await fc.assert(
      fc.asyncProperty(convolutions, fc.nat(), async (each, seed) => {
        const { images, from, to, grouped, side, kernel, stride, biased, tail } = each;
        const generator = new Generator(seed);
        const draw = (...shape: number[]): Tensor => randn(shape, { generator });
        const groups = grouped ? from : 1;
        const [x, weight] = [draw(images, from, side, side + 3), draw(to * groups, from / groups, kernel, kernel)];
        const [bias, mean, scale, shift] = [0, 1, 2, 3].map(() => draw(to * groups)) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const variance = mul(ones([to * groups]), 1.5);
        const rounds: number[][] = [];
        for (const fusion of [true, false]) {
          setFusion(fusion);
          let y = conv2d(x, weight, biased ? bias : null, { padding: kernel >> 1, stride, groups });
          const other = randn(y.shape, { generator: new Generator(seed) });
          if (tail.includes("norm"))
            y = batchNorm(y, { runningMean: mean, runningVar: variance, weight: scale, bias: shift });
          if (tail.includes("sum")) y = add(other, y);
          if (tail.includes("relu")) y = relu(y);
          rounds.push([...(await y.data())]);
        }
        if (name === "wasm") expect(rounds[0]).toEqual(rounds[1]);
        else expectClose(rounds[0]!, rounds[1]!, { rtol: 1e-5, atol: 1e-5 });
      }),
      { numRuns: 60 },
    );
  });

  test("a convolution that is looked at after its relu is right, and from then on computed once", async () => {
    const generator = new Generator(3);
    const [x, weight] = [randn([2, 3, 19, 23], { generator }), randn([5, 3, 3, 3], { generator })];
    const run = async (): Promise<readonly [number[], number]> => {
      const { result, kernels } = await profile(async () => {
        const y = conv2d(x, weight);
        const positive = relu(y);
        return [...(await positive.data()), ...(await y.data())];
      });
      return [
        result,
        kernels.filter(({ kernel }) => kernel.startsWith("conv2d")).reduce((sum, { calls }) => sum + calls, 0),
      ];
    };
    const [first] = await run();
    const [second, convolutions] = await run();
    expect(convolutions).toBe(1);
    setFusion(false);
    expect(first).toEqual((await run())[0]);
    expect(second).toEqual(first);
  });

  test("what backward gave up is the same when read after the parameters have changed", async () => {
    const generator = new Generator(9);
    const [x, kernel] = [randn([4, 3, 24, 24], { generator }), randn([8, 3, 3, 3], { generator, requiresGrad: true })];
    const image = conv2d(x, kernel, null, { padding: 1 });
    const pooled = maxPool2d(relu(batchNorm(image, { training: true })), 2);
    const before = [...(await image.data()), ...(await pooled.data())];
    backward(sum(mul(pooled, pooled)));
    noGrad(() => kernel.assign(zeros(kernel.shape)));
    expect([...(await image.data()), ...(await pooled.data())]).toEqual(before);
  });

  test("what backward gave up keeps its values when an input was changed before backward", async () => {
    const bias = zeros([4], { requiresGrad: true });
    const image = conv2d(ones([1, 1, 64, 64]), ones([4, 1, 1, 1], { requiresGrad: true }), bias);
    const total = sum(image);
    const slots = [{ parameter: bias, gradient: ones([4]), momentumBuffer: null }];
    const plain = { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, maximize: false, first: true };
    sgdStep(slots, { lr: 1, ...plain });
    backward(total);
    expect((await image.data())[0]).toBe(1);
  });

  test("60,000 results that backward gave up are freed at once, without overflowing a stack", () => {
    const x = ones([1024], { requiresGrad: true });
    const { buffers } = memoryStats();
    scope(() => {
      let y: Tensor = x;
      for (let i = 0; i < 60_000; i++) y = mul(y, 1);
      backward(sum(y));
      x.dropGrad();
    });
    expect(memoryStats().buffers).toBe(buffers);
  });

  test("results that are read many times over are held back at a constant cost", async () => {
    let h = ones([2048]);
    // Looking all the way back at each step would take 3⁶⁰ looks.
    for (let i = 0; i < 60; i++) h = where(h, mul(h, 0.5), mul(h, 0.5));
    expect((await h.data())[0]).toBeCloseTo(0.5 ** 60);
  });
});

/** Two residual blocks on pictures: convolutions by every method, one that pools, and a shortcut. */
async function residualNet(seed: number): Promise<(x: Tensor) => { readonly middle: Tensor; readonly last: Tensor }> {
  const generator = new Generator(seed);
  const made = async (...shape: number[]): Promise<Tensor> =>
    fromHost((await mul(randn(shape, { generator }), 0.2).data()) as Float32Array, shape);
  const [first, wide, strided] = [await made(16, 3, 3, 3), await made(16, 16, 3, 3), await made(24, 16, 3, 3)];
  const [square3, short] = [await made(24, 24, 3, 3), await made(24, 16, 1, 1)];
  const narrow = { runningMean: await made(16), runningVar: ones([16]) };
  const broad = { runningMean: await made(24), runningVar: ones([24]) };
  await broad.runningVar.data();
  return (x) => {
    const h = relu(conv2d(x, first, null, { padding: 1 }));
    const middle = relu(add(batchNorm(conv2d(h, wide, null, { padding: 1 }), narrow), h));
    const pooled = maxPool2d(relu(conv2d(middle, wide, null, { padding: 1 })), 2);
    const inner = relu(batchNorm(conv2d(pooled, strided, null, { padding: 1 }), broad));
    const outer = batchNorm(conv2d(inner, square3, null, { padding: 1 }), broad);
    return { middle, last: relu(add(outer, batchNorm(conv2d(pooled, short), broad))) };
  };
}

test("layers are computed for a few pictures at a time, and to the same bits as for few pictures", async () => {
  const net = await residualNet(1);
  const x = randn([67, 3, 18, 17], { generator: new Generator(2) });
  const pictures = await x.data();
  const { result, kernels } = await profile(async () => [...(await net(x).last.data())]);
  expect(kernels.map(({ kernel }) => kernel)).toEqual(["pictureBlocks"]);
  const few = pictures.length / 67;
  const parts: number[] = [];
  for (let at = 0; at < 67; at += at === 0 ? 3 : 2) {
    const values = pictures.slice(at * few, (at + (at === 0 ? 3 : 2)) * few);
    parts.push(...(await net(fromHost(values as Float32Array, [values.length / few, 3, 18, 17])).last.data()));
  }
  expect(result).toEqual(parts);
  setFusion(false);
  expectClose(result, await net(x).last.data(), { rtol: 1e-4, atol: 1e-4 });
});

test("what lies between layers has its values when looked at, also after weights have changed, and then is kept", async () => {
  const net = await residualNet(3);
  const x = randn([67, 3, 18, 17], { generator: new Generator(4) });
  const look = async (): Promise<[number[], number]> => {
    const { result, kernels } = await profile(async () => {
      const { middle, last } = net(x);
      const end = await last.data();
      return [...(await middle.data()), ...end];
    });
    const calls = kernels.filter(({ kernel }) => kernel.startsWith("conv2d") || kernel === "pictureBlocks");
    return [result, calls.reduce((sum, { calls: count }) => sum + count, 0)];
  };
  const [first] = await look();
  const [second, calls] = await look();
  expect(second).toEqual(first);
  // One up to what is looked at, and four behind it, whose results are small.
  expect(calls).toBe(5);
  setFusion(false);
  expectClose(first, (await look())[0], { rtol: 1e-4, atol: 1e-4 });
  setFusion(true);
  const weight = randn([16, 16, 3, 3], { generator: new Generator(5) });
  const h = conv2d(relu(conv2d(randn([67, 16, 18, 17]), weight)), weight);
  const before = [...(await h.data())];
  const again = conv2d(relu(conv2d(ones([67, 16, 18, 17]), weight)), weight);
  weight.assign(zeros(weight.shape));
  expect(before.some((value) => value !== 0)).toBe(true);
  expect((await again.data()).some((value) => value !== 0)).toBe(true);
});

test("residual layers whose beginning was looked at cost no more than others", async () => {
  const generator = new Generator(6);
  const weightOf = (...shape: number[]): Tensor => mul(randn(shape, { generator }), 0.1);
  const [broad, narrow, square] = [weightOf(64, 1, 1, 1), weightOf(4, 64, 1, 1), weightOf(4, 4, 1, 1)];
  const [x, norm] = [randn([16, 1, 32, 32], { generator }), { runningMean: zeros([4]), runningVar: ones([4]) }];
  const look = async (): Promise<[Float32Array, Float32Array]> => {
    const first = conv2d(x, broad);
    let h = conv2d(first, narrow, null, { stride: 2 });
    // Looking back to the first on each path would take 2⁴⁰ looks.
    for (let i = 0; i < 40; i++) h = add(batchNorm(conv2d(conv2d(h, square), square), norm), h);
    return [(await first.data()) as Float32Array, (await h.data()) as Float32Array];
  };
  const [first, last] = await look();
  setFusion(false);
  const [firstAlone, lastAlone] = await look();
  expectClose(first, firstAlone);
  expectClose(last, lastAlone, { rtol: 1e-4, atol: 1e-4 });
});
