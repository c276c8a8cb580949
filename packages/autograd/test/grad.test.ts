import { backward, grad, isRecording, noGrad } from "@tapegrad/autograd";
import {
  add,
  exp,
  GradientError,
  memoryStats,
  mul,
  ones,
  pow,
  scope,
  sin,
  sum,
  tensor,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

eachDevice(() => {
  test("grad returns gradients and leaves .grad alone", () => {
    const [a, b] = [leaf(2), leaf(3)];
    const [da, db] = grad(mul(mul(a, a), b), [a, b]);
    expectClose(da!, [12]);
    expectClose(db!, [4]);
    expect([a.grad, b.grad]).toEqual([null, null]);
  });

  test("derivatives of all orders of x⁴ follow from createGraph", () => {
    const x = leaf(0.5, -2);
    let y: Tensor = pow(x, 4);
    const expected = [
      [0.5, -32],
      [3, 48],
      [12, -48],
      [24, 24],
    ];
    for (const values of expected) {
      [y] = grad(sum(y), x, { createGraph: true });
      expectClose(y, values);
    }
  });

  test("backward through a gradient penalises it", () => {
    const x = leaf(1, 2);
    const [gradient] = grad(sum(pow(x, 3)), x, { createGraph: true });
    backward(sum(mul(gradient, gradient)));
    expectClose(x.grad!, [36, 36 * 8]);
  });

  test("backward with createGraph leaves a grad that can be differentiated", () => {
    const x = leaf(0.3);
    backward(sin(x), { createGraph: true });
    const [second] = grad(x.grad!, x);
    expectClose(x.grad!, [Math.cos(0.3)]);
    expectClose(second, [-Math.sin(0.3)]);
  });
});

describe("inputs", () => {
  test("computed tensors can be asked for, at the end of the walk and on its way", () => {
    const a = leaf(2);
    const b = mul(a, 3);
    const c = exp(b);
    const [dc, db, da] = grad(mul(c, 2), [c, b, a]);
    expectClose(dc!, [2]);
    expectClose(db!, [2 * Math.exp(6)]);
    expectClose(da!, [6 * Math.exp(6)]);
  });

  test("an output may be asked for itself", () => {
    const a = leaf(2);
    const y = mul(a, 3);
    const [dy] = grad(y, y);
    expectClose(dy, [1]);
  });

  test("an unused input is an error, or null if that is allowed", () => {
    const [a, b] = [leaf(2), leaf(3)];
    expect(() => grad(mul(a, 2), [a, b])).toThrow(/input 1, \[1\].*allowUnused/);
    const [da, db] = grad(mul(a, 2), [a, b], { allowUnused: true });
    expectClose(da!, [2]);
    expect(db).toBeNull();
  });

  test("an input that requires no gradient is refused", () => {
    expect(() => grad(mul(leaf(1), 2), tensor([1]))).toThrow(GradientError);
  });

  test("only records that lead to the inputs are used up", () => {
    const [a, b] = [leaf(2), leaf(3)];
    const side = exp(b);
    const loss = add(mul(a, a), side);
    grad(loss, a);
    const [db] = grad(side, b);
    expectClose(db, [Math.exp(3)]);
  });

  test("a released record ends the walk only at its own output", () => {
    const [a, w] = [leaf(2), leaf(3)];
    const hidden = exp(a);
    backward(mul(hidden, 1));
    const loss = mul(hidden, w);
    const [dHidden] = grad(loss, hidden, { retainGraph: true });
    expectClose(dHidden, [3]);
    expect(() => grad(loss, [hidden, a])).toThrow(/record of exp was released/);
    expect(() => grad(loss, a)).toThrow(/record of exp was released.*detach/);
  });
});

describe("several outputs", () => {
  test("their gradients are summed, weighted by gradOutputs", () => {
    const a = leaf(1, 2);
    const [da] = grad([mul(a, 2), mul(a, a)], a, { gradOutputs: [tensor([1, 1]), tensor([10, 100])] });
    expectClose(da, [22, 402]);
  });

  test("the numbers of outputs and gradients must agree", () => {
    const a = leaf(1);
    expect(() => grad([mul(a, 2), mul(a, 3)], a, { gradOutputs: [ones([1])] })).toThrow(ValueError);
    expect(() => grad([], a)).toThrow(ValueError);
    expect(() => grad(mul(a, 2), [])).toThrow("grad: expected at least one input");
  });

  test("one output may be given twice", () => {
    const a = leaf(5);
    const y = mul(a, a);
    const [da] = grad([y, y], a);
    expectClose(da, [20]);
  });
});

describe("memory", () => {
  test("only the results remain, and each has a storage of its own", () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    const before = memoryStats().buffers;
    const [da, db] = grad(sum(exp(add(a, b))), [a, b]);
    expect(memoryStats().buffers - before).toBe(2);
    da!.dispose();
    expectClose(db!, [Math.exp(4), Math.exp(6)]);
  });

  test("a scope around grad owns the results", () => {
    const a = leaf(1, 2);
    let lost: Tensor | undefined;
    const returned = scope(() => {
      [lost] = grad(sum(mul(a, a)), a);
      return grad(sum(mul(a, 3)), a)[0];
    });
    expect(lost!.storage.disposed).toBe(true);
    expectClose(returned, [3, 3]);
  });

  test("noGrad around grad with createGraph does not stop the recording of gradients", () => {
    const a = leaf(2);
    const y = pow(a, 3);
    const [first] = noGrad(() => grad(y, a, { createGraph: true }));
    const [second] = grad(first, a);
    expectClose(second, [12]);
  });
});

test("calls of noGrad that overlap leave recording on when the last of them has ended", async () => {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  const first = noGrad(() => wait(5));
  const second = noGrad(() => wait(15));
  await first;
  expect(isRecording()).toBe(false);
  await second;
  expect(isRecording()).toBe(true);
});
