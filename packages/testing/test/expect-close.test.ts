import { BatchNorm2d, Linear, Sequential } from "@tapegrad/nn";
import { SGD, StepLR } from "@tapegrad/optim";
import { ones, tensor } from "@tapegrad/tensor";
import { expectClose } from "@tapegrad/testing";
import { describe, expect, test } from "vitest";

test("values within the tolerance pass, others are counted and the worst is shown", () => {
  expectClose([1, 100], [1.00009, 100.009]);
  expect(() => expectClose([1, 2, 3], [1.001, 2, 3.01])).toThrow(
    "2 of 3 values differ by more than 0.00001 + 0.0001 · |expected|; the worst is element 2: expected 3.01, got 3",
  );
});

test("NaN equals only NaN, and an infinity only itself", () => {
  expectClose([NaN, Infinity, -Infinity], [NaN, Infinity, -Infinity]);
  for (const [a, b] of [
    [NaN, 1],
    [1, NaN],
    [Infinity, 1],
    [1, Infinity],
    [Infinity, -Infinity],
    [NaN, Infinity],
  ]) {
    expect(() => expectClose([0, a!], [0, b!])).toThrow(/element 1/);
  }
});

test("shapes must agree where both sides have one, and lengths in any case", () => {
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expectClose(x, [1, 2, 3, 4]);
  expectClose(x, { dtype: "float64", shape: [2, 2], data: [1, 2, 3, 4] });
  expect(() => expectClose(x, tensor([1, 2, 3, 4]))).toThrow("expected shape [4], got [2, 2]");
  expect(() => expectClose(x, [1, 2, 3])).toThrow("expected 3 values, got 4");
});

test("zero tolerance means bit for bit, but for the sign of zero", () => {
  expectClose([0.1, 0], [0.1, -0], { rtol: 0, atol: 0 });
  expect(() => expectClose([0.1 + 0.2], [0.3], { rtol: 0, atol: 0 })).toThrow(/element 0/);
});

describe("modules, optimizers, lists, maps and objects are compared by what they hold", () => {
  const model = (weight: number): Sequential => {
    const made = new Sequential(new Linear(1, 1, { bias: false }), new BatchNorm2d(1));
    made.loadStateDict({ ...Object.fromEntries(made.stateDict()), "0.weight": tensor([[weight]]) });
    return made;
  };

  test("modules, by parameters and buffers", () => {
    expectClose(model(1), model(1.00001));
    expectClose(model(1).stateDict(), Object.fromEntries(model(1).stateDict()));
    expect(() => expectClose(model(1), model(2))).toThrow("expectClose: 0.weight: 1 of 1 values differ");
    const moved = model(1);
    moved.at(1).forward(ones([2, 1, 1, 1]));
    expect(() => expectClose(model(1), moved)).toThrow("expectClose: 1.running_mean: 1 of 1 values differ");
    expect(() => expectClose(model(1), new Sequential(new Linear(1, 1)))).toThrow(
      "expectClose: expected 0.bias too, and not 1.weight, 1.bias, 1.running_mean",
    );
  });

  test("optimizers, by their state", () => {
    const after = (steps: number, momentum = 0.9): SGD => {
      const parameter = tensor([1], { requiresGrad: true });
      const made = new SGD([parameter], { lr: 0.1, momentum });
      for (let step = 0; step < steps; step++) {
        parameter.grad = ones([1]);
        made.step();
      }
      return made;
    };
    expectClose(after(2), after(2));
    expect(() => expectClose(after(2), after(3))).toThrow(/^expectClose: state: 0: momentumBuffer: 1 of 1 values/);
    expect(() => expectClose(after(2), after(2, 0.8))).toThrow(/^expectClose: /);
  });

  test("what is no number must be the same, and what cannot be looked into is refused", () => {
    expectClose([{ name: "a", x: tensor([1]) }, null], [{ x: [1.00001], name: "a" }, null]);
    expect(() => expectClose({ name: "a" }, { name: "b" })).toThrow('expectClose: name: expected "b", got "a"');
    expect(() => expectClose(tensor([1]), new Map())).toThrow("expected a value of type Map, got a tensor");
    expect(() => expectClose([tensor([1])], [tensor([2])])).toThrow("expectClose: 0: 1 of 1 values differ");
    const schedule = (): StepLR => new StepLR(new SGD([tensor([1], { requiresGrad: true })], { lr: 1 }), 1);
    expect(() => expectClose(schedule(), schedule())).toThrow("expectClose: cannot look into a value of type StepLR");
  });
});
