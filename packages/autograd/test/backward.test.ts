import { backward, enableGrad, noGrad, retainGrad } from "@tapegrad/autograd";
import {
  add,
  broadcastTo,
  DisposedError,
  div,
  DTypeError,
  exp,
  GradientError,
  matmul,
  memoryStats,
  mul,
  ones,
  relu,
  reshape,
  scope,
  ShapeError,
  sub,
  sum,
  tensor,
  type Tensor,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

eachDevice(() => {
  test("the gradient of a·a + a is 2a + 1", () => {
    const a = leaf(1, -2, 3);
    backward(sum(add(mul(a, a), a)));
    expectClose(a.grad!, [3, -3, 7]);
  });

  test("a broadcast input gets the sum over what it was repeated to", () => {
    const a = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { requiresGrad: true },
    );
    const b = leaf(1, 10, 100);
    const c = tensor([[2], [3]], { requiresGrad: true });
    backward(sum(mul(mul(a, b), c)));
    expectClose(a.grad!, [2, 20, 200, 3, 30, 300]);
    expectClose(b.grad!, [14, 19, 24]);
    expectClose(c.grad!, tensor([[321], [654]]));
  });

  test("gradients accumulate over passes, in place as in torch", () => {
    const a = leaf(1, 2);
    backward(sum(mul(a, 3)));
    const first = a.grad!;
    backward(sum(mul(a, a)));
    expect(a.grad).toBe(first);
    expectClose(first, [5, 7]);
  });

  test("an output that is used by several ops collects from all of them", () => {
    const a = leaf(2);
    const square = mul(a, a);
    const loss = sum(add(mul(square, square), exp(square)));
    backward(loss);
    expectClose(a.grad!, [4 * 8 + 2 * 2 * Math.exp(4)]);
  });
});

describe("leaves", () => {
  test("only leaves that require a gradient get one", () => {
    const [a, b] = [leaf(1), tensor([2])];
    const y = mul(a, b);
    backward(y);
    expectClose(a.grad!, [2]);
    expect([b.grad, y.grad]).toEqual([null, null]);
  });

  test("retainGrad fills grad of a computed tensor", () => {
    const a = leaf(3);
    const y = retainGrad(mul(a, a));
    backward(mul(y, 5));
    expectClose(y.grad!, [5]);
    expectClose(a.grad!, [30]);
    expect(() => retainGrad(tensor([1]))).toThrow(GradientError);
  });

  test("a loss that is itself a leaf has gradient 1", () => {
    const a = leaf(3);
    backward(a);
    expectClose(a.grad!, [1]);
  });

  test("leaves never share a gradient's storage, though add gives both the same", () => {
    const [a, b, c] = [leaf(1, 2), leaf(3, 4), leaf(5, 6)];
    const gradient = tensor([1, 1]);
    backward(add(add(a, b), c), { gradient });
    const storages = new Set([a, b, c].map((each) => each.grad!.storage)).add(gradient.storage);
    expect(storages.size).toBe(4);
    backward(sum(mul(a, 10)));
    expectClose(a.grad!, [11, 11]);
    expectClose(b.grad!, [1, 1]);
    expectClose(gradient, [1, 1]);
  });

  test("detach and noGrad cut the gradient; enableGrad lets it flow again", () => {
    const a = leaf(2);
    backward(
      add(
        mul(a, a.detach()),
        noGrad(() =>
          add(
            mul(a, 100),
            enableGrad(() => mul(a, 7)),
          ),
        ),
      ),
    );
    expectClose(a.grad!, [2]);
    const b = leaf(2);
    backward(noGrad(() => enableGrad(() => mul(b, 7))));
    expectClose(b.grad!, [7]);
  });
});

describe("a second pass", () => {
  test("through released records names the op and the cure", () => {
    const a = leaf(1);
    const y = exp(a);
    const loss = mul(y, 2);
    backward(loss);
    expect(() => backward(loss)).toThrow(/record of mul was released by an earlier backward pass.*retainGraph/);
    expect(() => backward(add(y, 1))).toThrow(/record of exp was released/);
    expect(() => backward(add(y, 1))).toThrow(GradientError);
    expectClose(a.grad!, [2 * Math.E]);
  });

  test("works with retainGraph, and adds", () => {
    const a = leaf(1);
    const loss = mul(a, a);
    backward(loss, { retainGraph: true });
    backward(loss, { retainGraph: true });
    backward(loss);
    expectClose(a.grad!, [6]);
    expect(() => backward(loss)).toThrow(/released/);
  });
});

describe("refusals", () => {
  test("a tensor of several elements needs a gradient, of its shape", () => {
    const y = mul(leaf(1, 2), 3);
    expect(() => backward(y)).toThrow(GradientError);
    expect(() => backward(y)).toThrow(/\[2\].*sum or mean/);
    expect(() => backward(y, { gradient: ones([3]) })).toThrow(ShapeError);
    expect(() => backward(y, { gradient: tensor([1, 1], { dtype: "int32" }) })).toThrow(DTypeError);
  });

  test("a tensor that requires no gradient, or is int32, is refused", () => {
    expect(() => backward(tensor([1]))).toThrow(/requires no gradient/);
    expect(() => backward(noGrad(() => mul(leaf(1), 2)))).toThrow(GradientError);
    expect(() => backward(tensor([1], { dtype: "int32" }))).toThrow(DTypeError);
  });

  test("a saved value that was changed in place is noticed, and the op named", () => {
    const [a, b] = [leaf(2), leaf(3)];
    const loss = mul(a, b);
    noGrad(() => b.assign(tensor([100])));
    expect(() => backward(loss)).toThrow(/input 1 of mul, float32 \[1\], was changed in place/);
    expect(() => backward(loss)).toThrow(GradientError);
    expect(a.grad).toBeNull();
  });

  test("a changed value that no gradient reads is fine", () => {
    const [a, b] = [leaf(2), leaf(3)];
    const loss = add(a, b);
    noGrad(() => b.assign(tensor([100])));
    backward(loss);
    expectClose(b.grad!, [1]);
  });

  test("a saved value that was disposed is noticed, and the op named", () => {
    const a = leaf(2);
    const y = exp(a);
    const losses = [add(y, 3), add(y, 4)] as const;
    y.dispose();
    expect(() => backward(losses[0])).toThrow(DisposedError);
    expect(() => backward(losses[1])).toThrow(/output 0 of exp.*was disposed/);
  });
});

describe("size", () => {
  test("a chain of 50,000 ops needs no stack", () => {
    const a = leaf(1);
    let y: Tensor = a;
    for (let i = 0; i < 50_000; i++) y = add(y, a);
    backward(y);
    expectClose(a.grad!, [50_001]);
  });

  test("a ladder in which each value is used twice is walked once per op, not once per path", () => {
    const a = leaf(1);
    let y: Tensor = a;
    for (let i = 0; i < 100; i++) y = mul(add(y, y), 0.5);
    backward(y);
    expectClose(a.grad!, [1]);
  });
});

describe("memory", () => {
  const step = (a: Tensor): Tensor => {
    const wide = broadcastTo(reshape(a, [1, 3]), [4, 3]);
    return sum(div(relu(sub(mul(wide, wide), 1)), 2));
  };

  test("a pass leaves nothing behind but the gradients, and a second one nothing at all", () => {
    const [a, b] = [leaf(1, 2, 3), leaf(-1, 0, 1)];
    const buffersLeft = (): number => {
      const loss = add(step(a), step(b));
      const before = memoryStats().buffers;
      backward(loss, { retainGraph: true });
      return memoryStats().buffers - before;
    };
    expect(buffersLeft()).toBe(2);
    expectClose(a.grad!, [0, 8, 12]);
    expectClose(b.grad!, [0, 0, 0]);
    expect(buffersLeft()).toBe(0);
    expectClose(a.grad!, [0, 16, 24]);
  });

  test("nor does the forward pass before it, unless the graph is retained; what it made can be read all the same", () => {
    const [a, b] = [leaf(1, 2, 3), leaf(-1, 0, 1)];
    const before = memoryStats().buffers;
    const half = step(a);
    const loss = add(half, step(b));
    backward(loss);
    expect(memoryStats().buffers - before).toBe(2);
    expect([half.itemSync(), loss.itemSync()]).toEqual([22, 22]);
    expect(memoryStats().buffers - before).toBe(2);
    // A kernel that reads it brings it back.
    const twice = add(loss, loss);
    expect(twice.itemSync()).toBe(44);
    expect(memoryStats().buffers - before).toBe(4);
    for (const each of [half, loss, twice]) each.dispose();
    expect(memoryStats().buffers - before).toBe(2);
  });

  test("results of the graph give their memory back after the pass, and are computed once more if they are read", () => {
    const x = leaf(...Float32Array.from({ length: 2 ** 14 }, (_, i) => i / 2 ** 14));
    const hidden = exp(mul(x, 2));
    const values = hidden.dataSync();
    const held = memoryStats().bytes;
    scope(() => backward(sum(mul(hidden, hidden))));
    x.grad!.dispose();
    expect(held - memoryStats().bytes).toBe(4 * 2 ** 14);
    expect(hidden.dataSync()).toEqual(values);
    expect(memoryStats().bytes).toBe(held);
  });

  test("a kernel reads a result that only another of its operands still awaited", () => {
    const x = tensor(
      Float32Array.from({ length: 1024 }, (_, i) => i / 1024),
      { shape: [32, 32], requiresGrad: true },
    );
    const y = exp(x);
    const values = y.dataSync();
    backward(sum(y));
    // The gradient is computed now, and is all that the pass has left of y.
    const product = noGrad(() => matmul(y, x.grad!));
    const again = tensor(values, { shape: [32, 32] });
    expect(product.dataSync()).toEqual(matmul(again, again).dataSync());
    expect(y.dataSync()).toEqual(values);
  });

  test("a result can be read after what it is made from, and what awaited it, were freed", () => {
    const column = tensor([[1], [2]], { requiresGrad: true });
    const row = ones([1, 1024]);
    const y = matmul(column, row);
    const grown = exp(y);
    const last = mul(row, grown);
    backward(sum(y));
    for (const each of [row, grown, last]) each.dispose();
    expect(y.dataSync()).toEqual(Float32Array.from({ length: 2048 }, (_, i) => (i < 1024 ? 1 : 2)));
  });

  test("a pass that fails leaves nothing behind", () => {
    const [a, b] = [leaf(1, 2, 3), leaf(2, 2, 2)];
    const inner = mul(a, b);
    const loss = sum(exp(mul(inner, 2)));
    noGrad(() => b.assign(ones([3])));
    const before = memoryStats();
    expect(() => backward(loss, { retainGraph: true })).toThrow(GradientError);
    expect(memoryStats().buffers).toBe(before.buffers);
    expect(a.grad).toBeNull();
  });

  test("values of the forward pass stay readable afterwards", () => {
    const a = leaf(1, 2);
    const y = mul(a, 3);
    backward(sum(exp(y)));
    expectClose(y, [3, 6]);
  });

  test("a gradient survives the scope in which it was computed", () => {
    const a = leaf(1, 2);
    scope(() => backward(sum(mul(a, a))));
    expectClose(a.grad!, [2, 4]);
    scope(() => backward(sum(mul(a, a))));
    expectClose(a.grad!, [4, 8]);
  });

  test("a loss that a scope returns can be differentiated outside", () => {
    const a = leaf(1, 2);
    const loss = scope(() => sum(exp(mul(a, 2))));
    backward(loss);
    expectClose(a.grad!, [2 * Math.exp(2), 2 * Math.exp(4)]);
  });

  test("the given gradient belongs to the caller and is not freed", () => {
    const a = leaf(1, 2);
    const gradient = tensor([1, 2]);
    backward(mul(a, a), { gradient });
    expect(gradient.storage.disposed).toBe(false);
    expectClose(a.grad!, [2, 8]);
  });
});
