import { backward, grad } from "@tapegrad/autograd";
import {
  add,
  enableGrad,
  GradientError,
  mul,
  noGrad,
  ones,
  refill,
  refillNormal,
  refillUniform,
  reshape,
  sigmoid,
  sum,
  tensor,
  type Tensor,
  unsqueeze,
  ValueError,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

/** Everything that replaces the values of a tensor in place. */
const changes: Readonly<Record<string, (target: Tensor) => Tensor>> = {
  assign: (target) => target.assign(ones(target.shape)),
  refill: (target) => refill(target, 1),
  refillUniform: (target) => refillUniform(target, { low: 1, high: 1 }),
  refillNormal: (target) => refillNormal(target, { mean: 1, std: 0 }),
};

const leaf = (): Tensor => tensor([2, 3], { requiresGrad: true });

eachDevice(() => {
  describe.each(Object.entries(changes))("%s", (name, change) => {
    test("refuses a leaf that requires grad while ops are recorded, and leaves it alone", () => {
      const target = leaf();
      const refusal = new RegExp(
        `^${name}: a leaf Variable that requires grad is being used in an in-place operation.*noGrad`,
      );
      expect(() => change(target)).toThrow(refusal);
      expect(() => change(target)).toThrow(GradientError);
      expect(() => noGrad(() => enableGrad(() => change(target)))).toThrow(refusal);
      expect(target.storage.version).toBe(0);
      expectClose(target, [2, 3]);
    });

    test("refuses a view of such a leaf, and a view of the view", () => {
      const target = leaf();
      const view = reshape(target, [2, 1]);
      const refusal = new RegExp(`^${name}: a view of a leaf Variable that requires grad .* in-place operation`);
      expect(() => change(view)).toThrow(refusal);
      expect(() => change(unsqueeze(view, 0))).toThrow(refusal);
      expectClose(target, [2, 3]);
    });

    test("still refuses them after a backward pass, which forgets how they were made", () => {
      const target = leaf();
      const view = reshape(target, [2, 1]);
      const further = unsqueeze(view, 0);
      backward(add(sum(further), sum(view)));
      for (const each of [view, further, reshape(view, [2])]) {
        expect(() => change(each)).toThrow(/: a view of a leaf Variable that requires grad /);
      }
      expectClose(target, [2, 3]);
    });

    test("changes views of what was computed, before and after a backward pass", () => {
      const view = reshape(mul(leaf(), 2), [2, 1]);
      expectClose(change(view), [1, 1]);
      const after = reshape(mul(leaf(), 2), [2, 1]);
      backward(sum(after));
      expectClose(change(after), [1, 1]);
    });

    test("changes a leaf inside noGrad, and what shares its values", () => {
      const target = leaf();
      const view = reshape(target, [1, 2]);
      expect(noGrad(() => change(target))).toBe(target);
      expectClose(view, [1, 1]);
      expect(target.requiresGrad).toBe(true);
    });

    test("changes what is no leaf that requires grad, as PyTorch does", () => {
      for (const target of [tensor([2, 3]), leaf().detach(), mul(leaf(), 2)]) expectClose(change(target), [1, 1]);
    });
  });

  test("sigmoid: a gradient may change, as by clipping, before it is differentiated, which does not read it", () => {
    const x = leaf();
    const [slope] = grad(sum(sigmoid(x)), [x], { createGraph: true });
    noGrad(() => slope!.assign(ones([2])));
    const y = [2, 3].map((value) => 1 / (1 + Math.exp(-value)));
    expectClose(
      grad(sum(slope!), [x])[0]!,
      y.map((each) => each * (1 - each) * (1 - 2 * each)),
    );
  });
});

test("assign refuses what is no tensor", () => {
  for (const source of [3, [2, 3], undefined, null, { shape: [2] }])
    expect(() => tensor([2, 3]).assign(source as unknown as Tensor)).toThrow(ValueError);
  expect(() => tensor([2]).assign(3 as unknown as Tensor)).toThrow("assign: source must be a tensor, got 3");
});
