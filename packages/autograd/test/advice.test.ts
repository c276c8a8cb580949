import {
  backward,
  checkGradGradients,
  checkGradients,
  detectAnomaly,
  grad,
  registerHook,
  retainGrad,
} from "@tapegrad/autograd";
import { add, mul, noGrad, square, sum, tensor, type Tensor, zeros } from "@tapegrad/tensor";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

let warned: string[];
beforeEach(() => {
  warned = [];
  vi.spyOn(console, "warn").mockImplementation((message: string) => void warned.push(message));
});
afterEach(() => void vi.restoreAllMocks());

/** Adds up the losses of 100 steps; `when` says what is done with each. */
function train(when: (total: Tensor, loss: Tensor) => Tensor): Tensor {
  const weight = tensor([1, 2], { requiresGrad: true });
  let total = zeros([]);
  for (let step = 0; step < 100; step++) {
    total = when(total, sum(square(weight)));
    weight.grad = null;
  }
  return total;
}

// Advice is given once in a process: what stays quiet comes first.
describe("a sum of losses", () => {
  test.each([
    ["of their values", (total: Tensor, loss: Tensor) => (backward(loss), add(total, loss.detach()))],
    ["inside noGrad", (total: Tensor, loss: Tensor) => (backward(loss), noGrad(() => add(total, loss)))],
    ["that is yet to be differentiated", (total: Tensor, loss: Tensor) => add(total, loss)],
    ["that begins anew", (_: Tensor, loss: Tensor) => (backward(loss), add(mul(loss, 2), loss))],
  ])("%s is fine", (_, when) => {
    train(when);
    expect(warned).toEqual([]);
  });

  test.each([
    ["after backward", (total: Tensor, loss: Tensor) => (backward(loss), add(total, loss))],
    [
      "before backward",
      (total: Tensor, loss: Tensor) => {
        const next = add(total, loss);
        backward(loss);
        return next;
      },
    ],
  ])("that keeps every one is told, once: added %s", async (order, when) => {
    const total = train(when);
    if (order === "after backward")
      expect(warned).toEqual([expect.stringMatching(/^add: a sum of losses keeps every loss/)]);
    else expect(warned).toEqual([]); // told already
    expect(await total.item()).toBe(500);
  });
});

test("what is no tensor, or one of another copy, is refused by the function that was called", async () => {
  const foreign = { storage: {}, dtype: "float32", shape: [2], requiresGrad: true };
  const x = tensor([1, 2], { requiresGrad: true });
  const calls: Readonly<Record<string, (wrong: never) => unknown>> = {
    backward: (wrong) => backward(wrong),
    "backward: gradient": (wrong) => backward(square(x), { gradient: wrong }),
    "grad: output 0": (wrong) => grad(wrong, x),
    "grad: input 0": (wrong) => grad(sum(x), wrong),
    registerHook: (wrong) => registerHook(wrong, () => undefined),
    retainGrad: (wrong) => retainGrad(wrong),
    checkGradients: (wrong) => checkGradients((a) => sum(a), [wrong]),
    checkGradGradients: (wrong) => checkGradGradients((a) => sum(a), [wrong]),
  };
  for (const [name, call] of Object.entries(calls))
    for (const wrong of [undefined, 3, "a", {}, foreign]) {
      if (wrong === undefined && name === "backward: gradient") continue;
      const message = `^${name}.* must be a tensor, got ${wrong === foreign ? ".* of another copy of @tapegrad/tensor" : ""}`;
      await expect((async () => call(wrong as never))(), name).rejects.toThrow(new RegExp(message));
    }
  expect(() => detectAnomaly(3 as never)).toThrow("detectAnomaly: fn must be a function, got 3");
});
