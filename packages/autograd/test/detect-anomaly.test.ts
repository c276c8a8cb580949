import { AnomalyError, backward, detectAnomaly } from "@tapegrad/autograd";
import { add, div, log, mul, observeOps, sqrt, sub, sum, tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

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
