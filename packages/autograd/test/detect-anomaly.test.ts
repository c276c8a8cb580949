import { AnomalyError, backward, detectAnomaly } from "@tapegrad/autograd";
import {
  add,
  conv2d,
  div,
  full,
  log,
  mul,
  observeOps,
  ones,
  OverlapError,
  relu,
  sizeOf,
  sqrt,
  sub,
  sum,
  tensor,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

/** The anomaly that `fn` runs into. */
function anomalyOf(fn: () => unknown): AnomalyError {
  try {
    detectAnomaly(fn);
  } catch (error) {
    if (error instanceof AnomalyError) return error;
    throw error;
  }
  throw new Error("no anomaly was found");
}

eachDevice((device) => {
  test("the op that makes the first NaN of a forward pass is named", () => {
    const x = tensor([1, -1]);
    const error = anomalyOf(() => add(mul(log(x), 2), 1));
    expect(error).toMatchObject({ op: "log", backwardOf: null });
    expect(error.message).toBe("log made NaN at element 1 from finite inputs");
  });

  test("the op whose gradient goes wrong is named, with where it was called", () => {
    const x = tensor([0, 4], { requiresGrad: true });
    const error = anomalyOf(function trainOneStep() {
      const root = sqrt(x);
      backward(sum(mul(root, tensor([1, 1]))));
    });
    expect(error.backwardOf).toBe("sqrt");
    expect(error.message).toMatch(/^in the backward of sqrt, \w+ made Infinity at element 0/);
    expect(error.message).toMatch(/sqrt was called\n(.*\n)*.*trainOneStep/);
    expect(x.grad).toBeNull();
  });

  describe("a convolution, which may spread what is not finite over more results than the definition does", () => {
    const imageShape = [2, 16, 16, 16];

    /** A convolution that `wasm` does by Winograd's method, with one value replaced. */
    const layer = (
      place?: "x" | "weight" | "bias",
      value = NaN,
    ): { readonly x: Tensor; readonly weight: Tensor; readonly bias: Tensor; readonly run: () => Tensor } => {
      const filled = (name: string, shape: readonly number[]): Tensor => {
        const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i + shape.length));
        if (name === place) values[65 % values.length] = value;
        return tensor(values, { shape, requiresGrad: true });
      };
      const [x, weight, bias] = [filled("x", imageShape), filled("weight", [16, 16, 3, 3]), filled("bias", [16])];
      return { x, weight, bias, run: () => conv2d(x, weight, bias, { padding: 1 }) };
    };

    test("is Winograd's on wasm, and does", () => {
      const spoilt = [...layer("x").run().dataSync()].filter(Number.isNaN).length;
      const reached = 9 * 16;
      if (device === "wasm") expect(spoilt).toBeGreaterThan(reached);
      else expect(spoilt).toBe(reached);
    });

    test.each([
      ["x", 0],
      ["weight", 1],
      ["bias", 2],
    ] as const)("is named where its %s holds a NaN or an infinity", (place, input) => {
      for (const value of [NaN, Infinity]) {
        const error = anomalyOf(layer(place, value).run);
        expect(error).toMatchObject({ op: "conv2d", backwardOf: null });
        expect(error.message).toMatch(
          new RegExp(
            `^conv2d made (NaN|-?Infinity) at element \\d+ from input ${input}, which holds ${value} already$`,
          ),
        );
      }
    });

    test("is not named where the op before it made the NaN", () => {
      const { weight, bias } = layer();
      const x = full(imageShape, -1, { requiresGrad: true });
      expect(anomalyOf(() => conv2d(log(x), weight, bias, { padding: 1 }))).toMatchObject({ op: "log" });
    });

    test("is named with its gradient where a NaN flows in, whichever input wants one", () => {
      const gradient = (shape: readonly number[]): Tensor => {
        const values = new Float32Array(sizeOf(shape)).fill(1);
        values[100] = NaN;
        return tensor(values, { shape });
      };
      const first = { x: "conv2dInputGrad", weight: "conv2dWeightGrad", bias: "sum" } as const;
      for (const [wanted, op] of Object.entries(first) as [keyof typeof first, string][]) {
        const { run, ...tensors } = layer();
        for (const [name, each] of Object.entries(tensors)) each.requiresGrad = name === wanted;
        const error = anomalyOf(function trainOneStep() {
          const y = run();
          backward(y, { gradient: gradient(y.shape) });
        });
        expect(error).toMatchObject({ op, backwardOf: "conv2d" });
        expect(error.message).toMatch(/made NaN at element \d+ from input 0, which holds NaN already/);
        expect(error.message).toMatch(/conv2d was called\n(.*\n)*.*trainOneStep/);
      }
    });

    test("is named with its gradient where its own input or weight holds the NaN, and only backward is watched", () => {
      const cases = [
        ["weight", "x", "conv2dInputGrad"],
        ["x", "weight", "conv2dWeightGrad"],
      ] as const;
      for (const [place, wanted, op] of cases) {
        const { run, ...tensors } = layer(place);
        for (const [name, each] of Object.entries(tensors)) each.requiresGrad = name === wanted;
        const loss = run();
        const error = anomalyOf(() => backward(loss, { gradient: ones(loss.shape) }));
        expect(error).toMatchObject({ op, backwardOf: "conv2d" });
        expect(error.message).toMatch(/from input 1, which holds NaN already/);
      }
    });

    test("is not named where the gradient after it went wrong", () => {
      const { run } = layer();
      const error = anomalyOf(() => backward(sum(sqrt(relu(run())))));
      expect(error.backwardOf).toBe("sqrt");
    });
  });
});

test("a NaN that came in with the data is blamed on the data", () => {
  expect(anomalyOf(() => mul(tensor([1, NaN]), 2)).message).toBe(
    "mul made NaN at element 1 from input 0, which holds NaN already",
  );
});

test("infinities can be allowed", () => {
  const infinite = detectAnomaly(() => div(tensor([1]), tensor([0])), { infinities: false });
  expectClose(infinite, [Infinity]);
  expect(() => detectAnomaly(() => sub(infinite, infinite), { infinities: false })).toThrow(
    "sub made NaN at element 0 from input 0, which holds Infinity already",
  );
});

test("nothing is observed afterwards, whether fn returned, threw or was asynchronous", async () => {
  detectAnomaly(() => mul(tensor([1]), 2));
  expect(() => detectAnomaly(() => log(tensor([-1])))).toThrow(AnomalyError);
  await expect(
    detectAnomaly(async () => {
      await Promise.resolve();
      log(tensor([-1]));
    }),
  ).rejects.toThrow(AnomalyError);
  expect(observeOps(null)).toBeNull();
});

test("a backward pass alone says how to learn where the forward pass was", () => {
  const x = tensor([0], { requiresGrad: true });
  const y = sqrt(x);
  expect(anomalyOf(() => backward(y)).message).toMatch(/run the forward pass inside detectAnomaly too/);
});

describe("asynchronous runs", () => {
  /** A run that ends when told to. */
  const run = (options = {}): { readonly ended: Promise<string>; readonly end: () => void } => {
    let resolve!: (value: string) => void;
    const promise = new Promise<string>((settle) => (resolve = settle));
    return { ended: detectAnomaly(() => promise, options), end: () => resolve("ended") };
  };
  const infinite = (): Tensor => div(tensor([1]), tensor([0]));

  test("one inside the other is what it says, and the outer one holds again afterwards", async () => {
    await detectAnomaly(async () => {
      await Promise.resolve();
      await detectAnomaly(async () => expectClose(infinite(), [Infinity]), { infinities: false });
      detectAnomaly(infinite, { infinities: false });
      expect(infinite).toThrow(AnomalyError);
    });
    expect(observeOps(null)).toBeNull();
  });

  test("a second one before the first was awaited is refused", async () => {
    const first = run();
    expect(() => run({ infinities: false })).toThrow(OverlapError);
    expect(infinite).toThrow(AnomalyError);
    first.end();
    expect(await first.ended).toBe("ended");
    expect(observeOps(null)).toBeNull();
  });

  test("one that ends before another that began later is refused; that one goes on, and then nothing is observed", async () => {
    const first = run();
    await Promise.resolve();
    const second = run({ infinities: false });
    first.end();
    await expect(first.ended).rejects.toThrow(OverlapError);
    expectClose(infinite(), [Infinity]);
    expect(() => log(tensor([-1]))).toThrow(AnomalyError);
    second.end();
    expect(await second.ended).toBe("ended");
    expect(observeOps(null)).toBeNull();
  });
});

test("an unknown option is refused", () => {
  // @ts-expect-error torch's name
  expect(() => detectAnomaly(() => 1, { check_nan: true })).toThrow(ValueError);
});
