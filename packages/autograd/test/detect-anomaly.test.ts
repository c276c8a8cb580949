import { AnomalyError, backward, detectAnomaly } from "@tapegrad/autograd";
import { OverlapError, ValueError, add, div, log, mul, observeOps, sqrt, sub, sum, tensor } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
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

eachDevice(() => {
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
});

test("a NaN that came in with the data is blamed on the data", () => {
  expect(anomalyOf(() => mul(tensor([1, NaN]), 2)).message).toBe(
    "mul made NaN at element 1 from input 0, which holds NaN already",
  );
});

test("infinities can be allowed", () => {
  const infinite = detectAnomaly(() => div(tensor([1]), tensor([0])), { infinities: false });
  expectClose(infinite, [Infinity]);
  expect(() => detectAnomaly(() => sub(infinite, infinite), { infinities: false })).toThrow(/sub made NaN/);
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
