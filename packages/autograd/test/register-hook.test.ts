import {
  backward,
  detectAnomaly,
  enableGrad,
  grad,
  isRecording,
  noGrad,
  registerHook,
  retainGrad,
  type TensorHook,
  type TensorHookHandle,
} from "@tapegrad/autograd";
import {
  add,
  clone,
  DTypeError,
  exp,
  GradientError,
  memoryStats,
  mul,
  reshape,
  scope,
  ShapeError,
  slice,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
  ValueError,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const leaf = (...values: number[]): Tensor => tensor(values, { requiresGrad: true });

eachDevice(() => {
  test("hooks of a leaf see the whole gradient, in order, and what they return is accumulated", () => {
    const x = leaf(1, 2);
    const seen: number[][] = [];
    registerHook(x, (g) => (seen.push([...g.dataSync()]), mul(g, 2)));
    registerHook(x, (g) => (seen.push([...g.dataSync()]), mul(g, 3)));
    registerHook(x, (g) => void seen.push([...g.dataSync()]));
    const pass = (): void => backward(sum(add(mul(x, x), x)));
    pass();
    expect(seen).toEqual([
      [3, 5],
      [6, 10],
      [18, 30],
    ]);
    expectClose(x.grad!, [18, 30]);
    pass();
    expectClose(x.grad!, [36, 60]);
  });

  test("what the hook of a computed tensor returns flows on", () => {
    const x = leaf(1, 2);
    const y = mul(x, x);
    registerHook(y, (g) => mul(g, 10));
    backward(sum(mul(y, 3)));
    expectClose(x.grad!, [60, 120]);
  });

  test("with createGraph, what a hook does is differentiated too", () => {
    const x = leaf(1, 2);
    const y = mul(x, x);
    registerHook(y, (g) => mul(g, x));
    const [first] = grad(sum(mul(y, 3)), x, { createGraph: true });
    expectClose(first, [6, 24]);
    expectClose(grad(sum(first), x)[0], [12, 24]);
  });
});

describe("grad, as PyTorch 1.13", () => {
  const make = (): { readonly x: Tensor; readonly y: Tensor; readonly z: Tensor; readonly calls: string[] } => {
    const x = leaf(1, 2);
    const y = mul(x, x);
    const z = sum(mul(y, 3));
    const calls: string[] = [];
    registerHook(x, (g) => (calls.push("x"), mul(g, 100)));
    registerHook(y, (g) => (calls.push("y"), mul(g, 10)));
    return { x, y, z, calls };
  };

  test("the gradient of the tensor itself is the one before its hooks", () => {
    const { y, z, calls } = make();
    expectClose(grad(z, y)[0], [3, 3]);
    expect(calls).toEqual([]);
  });

  test("what lies behind the tensor gets what its hooks made", () => {
    const { x, z, calls } = make();
    expectClose(grad(z, x)[0], [60, 120]);
    expect(calls).toEqual(["y"]);
  });

  test("both at once", () => {
    const { x, y, z, calls } = make();
    const [dx, dy] = grad(z, [x, y]);
    expectClose(dx!, [60, 120]);
    expectClose(dy!, [3, 3]);
    expect(calls).toEqual(["y"]);
  });
});

describe("retainGrad", () => {
  test.each([
    ["called first, it keeps what came before the hooks", ["retain", "hook"], [3, 3]],
    ["called later, it keeps what the hooks made", ["hook", "retain"], [30, 30]],
    ["called between hooks, it keeps what all of them made", ["hook", "retain", "hook"], [300, 300]],
  ])("%s", (_, steps, expected) => {
    const x = leaf(1, 2);
    const y = mul(x, x);
    for (const step of steps) {
      if (step === "retain") retainGrad(y);
      else registerHook(y, (g) => mul(g, 10));
    }
    backward(sum(mul(y, 3)));
    expectClose(y.grad!, expected);
    const factor = 10 ** steps.filter((step) => step === "hook").length;
    expectClose(x.grad!, [6 * factor, 12 * factor]);
  });

  test("on a leaf it changes nothing", () => {
    const x = retainGrad(leaf(1, 2));
    registerHook(x, (g) => mul(g, 5));
    backward(sum(x));
    expectClose(x.grad!, [5, 5]);
  });
});

describe("where hooks are called", () => {
  test("at the root, also where it is a leaf", () => {
    const x = leaf(1, 2);
    const y = sum(mul(x, x));
    registerHook(y, (g) => mul(g, 10));
    backward(y);
    expectClose(x.grad!, [20, 40]);
    const z = leaf(5);
    registerHook(z, (g) => mul(g, 10));
    backward(z);
    expectClose(z.grad!, [10]);
  });

  test("not where no gradient arrives, nor off the way to what grad was asked for", () => {
    const [x, w] = [leaf(1, 2), leaf(1, 1)];
    const refuse = (): never => {
      throw new Error("called");
    };
    registerHook(mul(x, x), refuse);
    const branch = mul(w, 3);
    registerHook(branch, refuse);
    registerHook(w, refuse);
    backward(sum(mul(x, 3)));
    expectClose(grad(sum(mul(x, branch)), x)[0], [3, 3]);
  });

  test("once for a tensor that is used often", () => {
    const x = leaf(2);
    const y = mul(x, x);
    const seen: number[] = [];
    registerHook(y, (g) => void seen.push(g.itemSync()));
    backward(add(add(y, mul(y, 2)), mul(y, y)));
    expect(seen).toEqual([1 + 2 + 8]);
  });

  test("with recording on only if the pass creates a graph", () => {
    const x = leaf(2);
    const seen: boolean[] = [];
    registerHook(x, () => void seen.push(isRecording()));
    backward(mul(x, x));
    backward(mul(x, x), { createGraph: true });
    noGrad(() => backward(enableGrad(() => mul(x, x))));
    expect(seen).toEqual([false, true, false]);
  });
});

describe("handles", () => {
  test("remove takes one hook off, twice as well as once, and so does the end of a using block", () => {
    const x = leaf(1);
    const calls: string[] = [];
    const first = registerHook(x, () => void calls.push("first"));
    registerHook(x, () => void calls.push("second"));
    {
      using _ = registerHook(x, () => void calls.push("third"));
      backward(square(x));
    }
    first.remove();
    first.remove();
    backward(square(x));
    expect(calls).toEqual(["first", "second", "third", "second"]);
  });

  test("the same function registered twice is called twice", () => {
    const x = leaf(1);
    const twice = (g: Tensor): Tensor => mul(g, 2);
    registerHook(x, twice);
    registerHook(x, twice);
    backward(mul(x, 3));
    expectClose(x.grad!, [12]);
  });

  test("what a hook registers or removes counts from the next pass on", () => {
    const x = leaf(1);
    const calls: string[] = [];
    registerHook(x, (): void => {
      calls.push("a");
      other.remove();
      if (calls.length === 1) registerHook(x, () => void calls.push("c"));
    });
    const other: TensorHookHandle = registerHook(x, () => void calls.push("b"));
    backward(square(x));
    backward(square(x));
    expect(calls).toEqual(["a", "b", "a", "c"]);
  });
});

describe("what hooks keep", () => {
  test("the gradient, what they make of it, and what they return outlive the pass", () => {
    const x = leaf(1, 2);
    const kept: Tensor[] = [];
    const y = mul(x, x);
    const save = (g: Tensor): Tensor => {
      const double = mul(g, 2);
      kept.push(g, square(g), double);
      return double;
    };
    registerHook(y, save);
    registerHook(x, save);
    backward(sum(exp(reshape(mul(y, 0), [2, 1]))), { retainGraph: true });
    backward(sum(mul(y, 3)));
    backward(sum(x));
    for (const [i, values] of [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [3, 3],
      [9, 9],
      [6, 6],
      [12, 24],
      [144, 576],
      [24, 48],
      [1, 1],
      [1, 1],
      [2, 2],
    ].entries())
      expectClose(kept[i]!, values);
    expectClose(x.grad!, [26, 50]);
  });

  test("a hook that only looks leaves the gradient of every leaf its own", () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    const kept: Tensor[] = [];
    for (const each of [a, b]) registerHook(each, (g) => void kept.push(g));
    const pass = (): void => backward(sum(mul(add(a, b), 2)));
    pass();
    pass();
    expectClose(a.grad!, [4, 4]);
    for (const each of kept) expectClose(each, [2, 2]);
  });

  test("the scope around the pass owns it", () => {
    const x = leaf(1, 2);
    registerHook(x, (g) => mul(g, 2));
    const pass = (): void => scope(() => backward(sum(mul(mul(x, x), 3))));
    pass();
    const before = memoryStats().buffers;
    pass();
    expect(memoryStats().buffers).toBe(before);
  });
});

describe("what is refused", () => {
  test("a hook on a tensor that requires no gradient, and what is no function", () => {
    expect(() => registerHook(tensor([1]), () => undefined)).toThrow(GradientError);
    // @ts-expect-error not a function
    expect(() => registerHook(leaf(1), 3)).toThrow(ValueError);
  });

  const misfits: readonly (readonly [string, TensorHook, new (...args: never[]) => Error, RegExp])[] = [
    [
      "a shape",
      (g) => sum(g),
      ShapeError,
      /^backward: the gradient that a hook of a tensor returned must have the shape \[2\] of the tensor, got \[\]/,
    ],
    ["a dtype", () => tensor([1, 2], { dtype: "int32" }), DTypeError, /must be float32, got int32/],
    ["a number", () => 3 as unknown as Tensor, ValueError, /returned number 3; expected a tensor/],
    ["a promise", () => Promise.resolve() as unknown as Tensor, ValueError, /a promise; hooks are synchronous/],
    ["a change in place", (g) => void g.assign(mul(g, 2)), GradientError, /changed the gradient in place/],
  ];
  test.each(misfits)("%s that does not fit", (_, hook, kind, message) => {
    const x = leaf(1, 2);
    registerHook(x, hook);
    expect(() => backward(sum(square(x)))).toThrow(kind);
    expect(() => backward(sum(square(x)))).toThrow(message);
    expect(x.grad).toBeNull();
  });

  test("an error inside a hook is the caller's, and no leaf has been changed", () => {
    const [x, y] = [leaf(1), leaf(2)];
    registerHook(y, () => {
      throw new RangeError("mine");
    });
    expect(() => detectAnomaly(() => backward(mul(x, y)))).toThrow(RangeError);
    expect([x.grad, y.grad]).toEqual([null, null]);
  });
});

test("a hook may run a backward pass of its own", () => {
  const [x, y] = [leaf(1, 2), leaf(3, 4)];
  registerHook(x, () => enableGrad(() => backward(sum(square(y)))));
  backward(sum(square(x)));
  expectClose(x.grad!, [2, 4]);
  expectClose(y.grad!, [6, 8]);
});

test("scaling by hooks anywhere on a chain scales the gradient by their product", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ factors: fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 3 }), op: fc.nat(3) }), {
        minLength: 1,
        maxLength: 8,
      }),
      fc.boolean(),
      (steps, createGraph) => {
        const ops = [
          (x: Tensor) => mul(x, 2),
          (x: Tensor) => clone(x),
          (x: Tensor) => sub(1, x),
          (x: Tensor) => slice(x, 0, 0, 2),
        ];
        const slopes = [2, 1, -1, 1];
        const x = leaf(1, 2);
        let y = x;
        let expected = 1;
        for (const { factors, op } of steps) {
          for (const factor of factors) registerHook(y, (g) => mul(g, factor));
          expected *= factors.reduce((product, factor) => product * factor, slopes[op]!);
          y = ops[op]!(y);
        }
        backward(sum(y), { createGraph });
        expect([...x.grad!.dataSync()].map((value) => value + 0)).toEqual([expected + 0, expected + 0]);
      },
    ),
  );
});
