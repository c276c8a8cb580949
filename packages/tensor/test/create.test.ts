import {
  DTypeError,
  ShapeError,
  ValueError,
  arange,
  bernoulli,
  eye,
  full,
  ones,
  onesLike,
  rand,
  randn,
  scalar,
  tensor,
  zeros,
  zerosLike,
} from "@tapegrad/tensor";
import { eachDevice, gridValues, shapes } from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

eachDevice(() => {
  test("nested arrays give shape and values, and array() gives them back", async () => {
    const values = [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ];
    const x = tensor(values);
    expect(x.shape).toEqual([1, 3, 2]);
    expect(x.dtype).toBe("float32");
    expect(await x.array()).toEqual(values);
    expect(await tensor(7).array()).toBe(7);
  });

  test("values survive the way to the device and back, in any shape", async () => {
    await fc.assert(
      fc.asyncProperty(
        shapes({ minExtent: 0 }).chain((shape) =>
          fc.tuple(fc.constant(shape), gridValues(shape.reduce((product, extent) => product * extent, 1))),
        ),
        async ([shape, values]) => {
          const x = tensor(values, { shape });
          expect(x.shape).toEqual(shape);
          expect([...(await x.data())]).toEqual(values);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("an Int32Array makes int32, and a dtype decides", () => {
    expect(tensor(Int32Array.of(1, 2)).dtype).toBe("int32");
    expect(tensor([1, 2], { dtype: "int32" }).dataSync()).toEqual(Int32Array.of(1, 2));
    expect(tensor(Int32Array.of(1, 2), { dtype: "float32" }).dataSync()).toEqual(Float32Array.of(1, 2));
  });

  test("fills, ranges and the identity matrix", () => {
    expect([...full([2, 2], 2.5).dataSync()]).toEqual([2.5, 2.5, 2.5, 2.5]);
    expect([...full([3], -4, { dtype: "int32" }).dataSync()]).toEqual([-4, -4, -4]);
    expect([...arange(4).dataSync()]).toEqual([0, 1, 2, 3]);
    expect([...arange(1, 8, { step: 3 }).dataSync()]).toEqual([1, 4, 7]);
    expect([...arange(5, 0, { step: -2, dtype: "int32" }).dataSync()]).toEqual([5, 3, 1]);
    expect([...eye(2, 3).dataSync()]).toEqual([1, 0, 0, 0, 1, 0]);
    expect(scalar(3).shape).toEqual([]);
    expect(zeros([0, 3]).size).toBe(0);
  });

  test("likeness is of shape and dtype", () => {
    const x = tensor([[1], [2]], { dtype: "int32" });
    for (const [y, value] of [
      [zerosLike(x), 0],
      [onesLike(x), 1],
    ] as const) {
      expect([y.shape, y.dtype, ...y.dataSync()]).toEqual([[2, 1], "int32", value, value]);
    }
  });

  test("random tensors have the shape, dtype and gradient that were asked for", () => {
    for (const make of [rand, randn]) {
      expect(make([2, 3]).shape).toEqual([2, 3]);
      expect(make([2]).requiresGrad).toBe(false);
      expect(make([2], { requiresGrad: true }).requiresGrad).toBe(true);
      expect(make([0]).size).toBe(0);
    }
  });

  test("changing the array afterwards does not change the tensor", () => {
    const values = Float32Array.of(1, 2);
    const x = tensor(values);
    values[0] = 9;
    expect([...x.dataSync()]).toEqual([1, 2]);
  });
});

test("what makes no tensor is refused", () => {
  const endless: unknown[] = [];
  endless.push(endless);
  expect(() => tensor(endless as never)).toThrow(
    new ShapeError("tensor: arrays are nested more than 64 deep, or in themselves"),
  );
  for (const bigints of [new BigInt64Array(0), BigUint64Array.of(1n)])
    expect(() => tensor(bigints as never)).toThrow(/^tensor: expected a number, .* got a value of type Big/);
  expect(() => tensor([[1, 2], [3]])).toThrow(ShapeError);
  expect(() => tensor([1, [2]] as never)).toThrow(ShapeError);
  expect(() => tensor([1, 2, 3], { shape: [2, 2] })).toThrow(
    new ShapeError("tensor: shape [2, 2] takes 4 values, got 3"),
  );
  expect(() => tensor([1.5], { dtype: "int32" })).toThrow(ValueError);
  expect(() => tensor([1], { dtype: "int32", requiresGrad: true })).toThrow(DTypeError);
  expect(() => zeros([-1])).toThrow(ShapeError);
  expect(() => rand([1.5])).toThrow(ShapeError);
  expect(() => arange(0, 5, { step: 0 })).toThrow(ValueError);
  expect(() => arange(0, 5, { step: -1 })).toThrow("arange: step -1 leads away from 5, starting at 0");
  expect(() => ones([2]).assign(ones([3]))).toThrow(ShapeError);
  expect(() => bernoulli([2], 1.2)).toThrow("bernoulli: probability must lie in [0, 1], got 1.2");
});
