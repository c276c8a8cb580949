import { backward, grad } from "@tapegrad/autograd";
import { DisposedError, exp, memoryStats, mul, pow, scope, square, sum, tensor, type Tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

test("a gradient that createGraph made and .grad keeps can be differentiated after its scope", () => {
  const x = leaf(1, 2);
  scope(() => backward(sum(pow(mul(x, 1), 3)), { createGraph: true }));
  expectClose(x.grad!, [3, 12]);
  expectClose(grad(sum(x.grad!), x)[0], [6, 12]);
});

test("so it can through scopes inside scopes, and where it was accumulated", () => {
  const x = leaf(1, 2);
  scope(() => {
    for (let i = 0; i < 2; i++) scope(() => backward(sum(pow(mul(x, 1), 3)), { createGraph: true }));
    expectClose(x.grad!, [6, 24]);
  });
  expectClose(grad(sum(x.grad!), x)[0], [12, 24]);
});

test("so it can after an asynchronous scope", async () => {
  const x = leaf(1, 2);
  await scope(async () => {
    await Promise.resolve();
    backward(sum(pow(mul(x, 1), 3)), { createGraph: true });
    await Promise.resolve();
  });
  expectClose(grad(sum(x.grad!), x)[0], [6, 12]);
});

test("the graph of a gradient that was taken away, or whose tensor goes with the scope, is freed", () => {
  const x = leaf(1, 2);
  let lost: Tensor | null = null;
  const pass = (): void =>
    scope(() => {
      const inner = leaf(3, 4);
      lost = exp(mul(inner, x));
      backward(sum(lost), { createGraph: true });
      x.grad = null;
    });
  pass();
  expect(() => lost!.dataSync()).toThrow(DisposedError);
});

test("a gradient without a graph keeps nothing but itself", () => {
  const x = leaf(1, 2);
  scope(() => backward(sum(square(x))));
  const before = memoryStats().buffers;
  scope(() => backward(sum(square(x))));
  expect(memoryStats().buffers).toBe(before);
});
