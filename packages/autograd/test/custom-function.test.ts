import { backward, checkGradGradients, checkGradients, customFunction, grad } from "@tapegrad/autograd";
import { clone, cos, greater, mul, neg, sin, sub, sum, tensor, type Tensor } from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const reverseGradient = customFunction({
  name: "reverseGradient",
  forward: ([x]: readonly [Tensor], _scale: number) => clone(x),
  backward: ({ params: scale }, [gradient]) => [mul(gradient!, -scale)],
});

const step = customFunction({
  name: "straightThroughStep",
  forward: ([x]: readonly [Tensor]) => greater(x, 0),
  backward: (_context, [gradient]) => [gradient!],
});

const sinCos = customFunction({
  name: "sinCos",
  forward: ([x]: readonly [Tensor]): readonly [Tensor, Tensor] => [sin(x), cos(x)],
  backward({ inputs: [x] }, [dSin, dCos]) {
    const viaSin = dSin && mul(dSin, cos(x));
    const viaCos = dCos && neg(mul(dCos, sin(x)));
    return [viaSin && viaCos ? sub(viaSin, neg(viaCos)) : (viaSin ?? viaCos ?? null)];
  },
});

eachDevice(() => {
  test("the given backward replaces the one of the ops inside", () => {
    const x = tensor([1, -2], { requiresGrad: true });
    const y = reverseGradient([x], 0.5);
    expectClose(y, [1, -2]);
    backward(sum(y));
    expectClose(x.grad!, [-0.5, -0.5]);
  });

  test("a straight-through estimator lets the gradient pass a function that has none", () => {
    const x = tensor([1, -2], { requiresGrad: true });
    const y = step([x]);
    backward(sum(mul(y, tensor([3, 4]))));
    expectClose(y, [1, 0]);
    expectClose(x.grad!, [3, 4]);
  });

  test("several outputs, used or not, have right first and second gradients", async () => {
    const x = tensor([0.3, -1.2], { requiresGrad: true });
    const [s] = sinCos([x]);
    expectClose(grad(sum(s), x)[0], [Math.cos(0.3), Math.cos(-1.2)]);
    await checkGradients((z) => sinCos([z]), [x]);
    await checkGradGradients((z) => sinCos([z]), [x]);
  });
});

test("a gradient of the wrong shape is refused, naming the function", () => {
  const wrong = customFunction({
    name: "wrong",
    forward: ([x]: readonly [Tensor]) => clone(x),
    backward: (_context, [gradient]) => [sum(gradient!)],
  });
  const x = tensor([1, 2], { requiresGrad: true });
  expect(() => backward(sum(wrong([x])))).toThrow(
    /the gradient that the backward of wrong gave input 0 must have the shape \[2\] of the input, got \[\]/,
  );
});

test("a function that hands its input through does not tangle the record", () => {
  const identity = customFunction({
    name: "identity",
    forward: ([x]: readonly [Tensor]) => x,
    backward: (_context, [gradient]) => [mul(gradient!, 2)],
  });
  const x = tensor([1, 2], { requiresGrad: true });
  const y = identity([mul(x, 3)]);
  backward(sum(identity([y])));
  expectClose(y, [3, 6]);
  expectClose(x.grad!, [12, 12]);
});

test.each([undefined, null, {}, [], "x", 3, () => 1, { forward: 1 }, Promise.resolve()])(
  "%o defines no function",
  (wrong) => {
    expect(() => customFunction(wrong as never)).toThrow("customFunction: forward must be a function, got");
  },
);

test("what is checked must be made of tensors", async () => {
  const x = tensor([1, 2]);
  for (const wrong of [1, undefined, [1], Promise.resolve(x)]) {
    const fn = () => wrong as never;
    await expect(checkGradients(fn, [x])).rejects.toThrow(/^checkGradients: what fn returns.* must be a/);
    await expect(checkGradGradients(fn, [x])).rejects.toThrow(/^checkGradients: what fn returns.* must be a/);
  }
});
