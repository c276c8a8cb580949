import { backward } from "@tapegrad/autograd";
import { add, mul, noGrad, square, sum, tensor, zeros } from "@tapegrad/tensor";
import type { Tensor } from "@tapegrad/tensor";
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
