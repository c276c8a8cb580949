import { checkGradGradients, checkGradients, customFunction } from "@tapegrad/autograd";
import { add, clone, exp, GradientError, mul, pow, relu, sin, sum, tensor, type Tensor } from "@tapegrad/tensor";
import {
  eachDevice,
  gradientMatchesFiniteDifference,
  secondGradientMatchesFiniteDifference,
  tensors,
} from "@tapegrad/testing";
import fc from "fast-check";
import { expect, test } from "vitest";

/** `factor · x`, whose backward claims that the factor is `claimed`. */
function scaled(factor: number, claimed: number): (x: Tensor) => Tensor {
  const op = customFunction({
    name: "scaled",
    forward: ([x]: readonly [Tensor]) => mul(x, factor),
    backward: (_context, [gradient]) => [mul(gradient!, claimed)],
  });
  return (x) => op([x]);
}

eachDevice(() => {
  test("gradients of a smooth function pass, first and second", async () => {
    const fn = (x: Tensor, y: Tensor): Tensor => mul(exp(mul(x, 0.5)), sin(y));
    const inputs = [tensor([[0.1], [-0.4]]), tensor([0.7, 1.9, -2.2])];
    await checkGradients(fn, inputs);
    await checkGradGradients(fn, inputs);
  });

  test("a gradient that is wrong by a thousandth is found", async () => {
    await checkGradients(scaled(2, 2), [tensor([1, 2])]);
    await expect(checkGradients(scaled(2, 2.002), [tensor([1, 2])])).rejects.toThrow(GradientError);
    await expect(checkGradients(scaled(2, 2.002), [tensor([1, 2])])).rejects.toThrow(/input 0, \[2\], element [01]/);
  });

  test("what is tolerated is in proportion to the derivative, plus atol", async () => {
    const x = tensor([1, 2]);
    for (const factor of [2e-3, 2, 2e3]) {
      await checkGradients(scaled(factor, factor * 1.00005), [x], { atol: 0 });
      await expect(checkGradients(scaled(factor, factor * 1.001), [x], { atol: 0 })).rejects.toThrow(GradientError);
      await checkGradients(scaled(factor, factor * 1.001), [x], { atol: 0, rtol: 0.01 });
      await checkGradients(scaled(factor, factor * 1.001), [x], { atol: 10, rtol: 0 });
    }
  });

  test("a gradient that is wrong in one of many elements is found along random directions", async () => {
    const spoil = customFunction({
      name: "spoil",
      forward: ([x]: readonly [Tensor]) => clone(x),
      backward: (_context, [gradient]) => [
        mul(gradient!, tensor(Array.from({ length: 500 }, (_, i) => (i === 321 ? 1.5 : 1)))),
      ],
    });
    const x = tensor(Array.from({ length: 500 }, (_, i) => Math.sin(i)));
    await expect(checkGradients((z) => spoil([z]), [x])).rejects.toThrow(/random direction/);
  });
});

test("what is known of equal inputs is not computed again, and a wrong gradient is found all the same", async () => {
  let calls = 0;
  const fn = (x: Tensor): Tensor => {
    calls++;
    return mul(x, x);
  };
  const countOf = async (x: Tensor, known: Map<string, readonly number[]>): Promise<number> => {
    calls = 0;
    await checkGradients(fn, [x], { known });
    return calls;
  };
  const known = new Map<string, readonly number[]>();
  const inputs = (): Tensor => tensor([1, 2, 3]);
  expect(await countOf(inputs(), known)).toBe(1 + 2 * 3);
  expect(await countOf(inputs(), known)).toBe(1);
  expect(await countOf(tensor([1, 2, 4]), known)).toBe(1 + 2 * 3);
  expect(await countOf(inputs(), new Map())).toBe(1 + 2 * 3);
  const ofScaled = new Map<string, readonly number[]>();
  await checkGradients(scaled(2, 2), [inputs()], { known: ofScaled });
  await expect(checkGradients(scaled(2, 2.002), [inputs()], { known: ofScaled })).rejects.toThrow(GradientError);
});

test("a wrong second gradient is found where the first is right", async () => {
  // The backward of x³ is 3x², but computed from a constant copy of x, so that its derivative is lost.
  const cube = customFunction({
    name: "cube",
    forward: ([x]: readonly [Tensor]) => pow(x, 3),
    backward: ({ inputs: [x] }, [gradient]) => [mul(gradient!, mul(pow(x.detach(), 2), 3))],
  });
  const x = tensor([0.5, -1.5]);
  await checkGradients((z) => cube([z]), [x]);
  await expect(checkGradGradients((z) => cube([z]), [x])).rejects.toThrow(GradientError);
});

test("a function that needs no gradient is refused", async () => {
  await expect(checkGradients((x) => x.detach(), [tensor([1])])).rejects.toThrow(/no output requires a gradient/);
});

test("a gradient that is lost on the way is found", async () => {
  await expect(checkGradients((x, y) => add(x, y.detach()), [tensor([1]), tensor([2])])).rejects.toThrow(/input 1/);
});

test("the law of gradients holds for random polynomials and kinks", async () => {
  const subjects = tensors({ offset: 0.5 }).map((x) => ({
    inputs: [x],
    fn: (z: Tensor) => sum(add(relu(z), mul(z, mul(z, 0.25)))),
  }));
  await fc.assert(gradientMatchesFiniteDifference(subjects), { seed: 1, numRuns: 100 });
  await fc.assert(secondGradientMatchesFiniteDifference(subjects), { seed: 2, numRuns: 100 });
});
