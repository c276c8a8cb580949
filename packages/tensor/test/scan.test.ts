import { backward, grad } from "@tapegrad/autograd";
import { cumprod, cumsum, IndexError, reshape, slice, sum, tensor, zeros } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

eachDevice((device) => {
  const runs = device === "wasm" ? 500 : 30;

  test("each entry of cumsum adds its own value to the one before, on any axis", () => {
    const shapes = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    fc.assert(
      fc.property(shapes, fc.integer({ min: -99, max: 99 }), (shape, seed) => {
        const data = Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, i) => ((i * 7 + seed) % 11) - 5);
        const x = reshape(tensor(data), shape);
        for (const [axis, extent] of shape.entries()) {
          const y = cumsum(x, axis);
          for (let k = 0; k < extent; k++)
            expect([...slice(y, axis, k, k + 1).dataSync()]).toEqual([
              ...sum(slice(x, axis, 0, k + 1), axis).dataSync(),
            ]);
        }
      }),
      { numRuns: runs },
    );
  });

  test("cumprod's gradient is right where factors are 0, and so is its gradient", () => {
    const x = tensor([2, 0, 3, 0, 4], { requiresGrad: true });
    const [first] = grad(sum(cumprod(x, 0)), x, { createGraph: true });
    // d/dx of x₀ + x₀x₁ + x₀x₁x₂ + x₀x₁x₂x₃ + …
    expectClose(first!, [1, 8, 0, 0, 0]);
    backward(sum(first!));
    expectClose(x.grad!, [4, 36, 2, 30, 0]);
  });

  test("scalars, empty tensors and int32", () => {
    expect(cumsum(tensor(3), -1).itemSync()).toBe(3);
    const scalar = tensor(3, { requiresGrad: true });
    backward(cumprod(scalar, 0));
    expect(scalar.grad!.itemSync()).toBe(1);
    const empty = zeros([2, 0, 3], { requiresGrad: true });
    expect(grad(sum(cumprod(empty, 1)), empty)[0]!.shape).toEqual([2, 0, 3]);
    const products = cumprod(tensor(new Int32Array([2, -3, 4])), 0);
    expect(products.dtype).toBe("int32");
    expect([...products.dataSync()]).toEqual([2, -6, -24]);
  });
});

test("wasm rounds each sum once", () => {
  const x = new Float32Array(1001).fill(2 ** -25);
  x[0] = 1;
  expect(cumsum(tensor(x), 0).dataSync()[1000]).toBe(Math.fround(1 + 1000 * 2 ** -25));
});

test("an axis that does not exist is refused", () => {
  expect(() => cumsum(zeros([2, 3]), 2)).toThrow(
    new IndexError("cumsum: dimension 2 is out of range; expected an integer in [-2, 1]"),
  );
  expect(() => cumprod(zeros([2, 3]), -3)).toThrow(IndexError);
});
