import { backward } from "@tapegrad/autograd";
import { LBFGS, type OptimizerStateDict } from "@tapegrad/optim";
import {
  add,
  matmul,
  mul,
  ones,
  ShapeError,
  sin,
  square,
  sub,
  sum,
  tensor,
  type Tensor,
  ValueError,
  zeros,
} from "@tapegrad/tensor";
import { eachDevice, expectClose } from "@tapegrad/testing";
import { expect, test } from "vitest";

const matrix = [
  [4, 1, 0],
  [1, 3, -1],
  [0, -1, 2],
];

/** A bowl whose lowest point is [1, 2, 3]. */
function bowl(optimizer: LBFGS, x: Tensor): Tensor {
  optimizer.zeroGrad();
  const loss = sum(square(matmul(tensor(matrix), sub(x, tensor([1, 2, 3])))));
  backward(loss);
  return loss;
}

eachDevice(() => {
  test("reaches the lowest point of a quadratic bowl in one step", async () => {
    const x = zeros([3], { requiresGrad: true });
    const optimizer = new LBFGS([x], { lineSearchFn: "strong_wolfe" });
    const before = await optimizer.step(async () => bowl(optimizer, x));
    expectClose(before, 6 ** 2 + 4 ** 2 + 4 ** 2);
    expectClose(x, [1, 2, 3]);
  });

  test("goes on exactly after saving and loading", async () => {
    const run = async (reload: boolean): Promise<Tensor> => {
      const x = zeros([3], { requiresGrad: true });
      let optimizer = new LBFGS([x], { maxIter: 2, lineSearchFn: "strong_wolfe" });
      for (let step = 0; step < 3; step++) {
        await optimizer.step(() => bowl(optimizer, x));
        if (!reload) continue;
        const saved: OptimizerStateDict = optimizer.stateDict();
        optimizer = new LBFGS([x]);
        optimizer.loadStateDict(saved);
        expect(Object.keys(optimizer.stateDict().state["0"]!)).toEqual(Object.keys(saved.state["0"]!));
      }
      return x;
    };
    expect((await run(true)).dataSync()).toEqual((await run(false)).dataSync());
  });

  test("a parameter without gradient counts as if it had zeros", async () => {
    const [x, idle] = [zeros([3], { requiresGrad: true }), ones([2], { requiresGrad: true })];
    const optimizer = new LBFGS([x, idle], { maxIter: 4 });
    await optimizer.step(() => bowl(optimizer, x));
    expectClose(idle, [1, 1], { rtol: 0, atol: 0 });
  });
}, ["wasm", "gpu:webasm"]);

/** Where PyTorch 1.13 evaluates x²/2 + 2·sin(w·x), in float64: `[w, start, lr, seen]`. */
const searches: readonly (readonly [w: number, start: number, lr: number, seen: readonly number[]])[] = [
  [2, -2.5, 3, [-2.5, 0.5, -0.1594012, -0.5306134, -0.6584798]],
  [2, -1, 3, [-1, 2, -0.3690401, -0.6984136, -0.6963573, -0.6977331]],
  [2, 0.3, 3, [0.3, -2.7, -0.2823365, -11.00317, -2.22612, -0.5808335]],
  [2, 0.9, 0.3, [0.9, 0.9026425, 0.9264251, 1.164251, 2.678615, 2.112087, 2.084601, 1.992566, 2.08242]],
  [2, 0.9, 3, [0.9, 0.9264251, 1.164251, 2.678615, 2.112087, 2.084601, 1.992566, 2.08242]],
  [2, 4, 3, [4, 1, 2.465072, 2.114606, 1.184143, 2.084806]],
  [5, 0.3, 1, [0.3, -0.7, -0.4136173, -0.331189, -0.3122469]],
  [9, 1.7, 3, [1.7, 4.7, 2.527483, 8.690518, 3.313784, 2.737109, 2.597551]],
];
test.each(searches)("a line search looks where PyTorch looks: w %f, from %f, lr %f", async (w, start, lr, seen) => {
  const x = tensor([start], { requiresGrad: true });
  const optimizer = new LBFGS([x], { lr, maxIter: 4, lineSearchFn: "strong_wolfe" });
  const found: number[] = [];
  await optimizer.step(() => {
    optimizer.zeroGrad();
    const loss = sum(add(mul(square(x), 0.5), mul(sin(mul(x, w)), 2)));
    backward(loss);
    found.push(x.itemSync());
    return loss;
  });
  expect(found.length).toBe(seen.length);
  expectClose(found, seen, { rtol: 1e-3, atol: 1e-3 });
});

test("an optimum is left as it is, after one evaluation", async () => {
  const x = tensor([1, 2, 3], { requiresGrad: true });
  const optimizer = new LBFGS([x]);
  let calls = 0;
  await optimizer.step(() => {
    calls++;
    return bowl(optimizer, x);
  });
  expect(calls).toBe(1);
  expectClose(x, [1, 2, 3], { rtol: 0, atol: 0 });
});

test("a failing closure rejects the step", async () => {
  const optimizer = new LBFGS([ones([1])]);
  await expect(optimizer.step(() => Promise.reject(new Error("no data")))).rejects.toThrow("no data");
});

test("refuses groups, searches it does not know and states of other sizes", () => {
  const x = ones([2], { requiresGrad: true });
  const optimizer = new LBFGS([x]);
  expect(() => optimizer.addParamGroup({ params: [ones([1])] })).toThrow(
    new ValueError("LBFGS: expected one group of parameters, got another"),
  );
  expect(() => new LBFGS([x], { lineSearchFn: "armijo" as never })).toThrow(
    'LBFGS: lineSearchFn must be "strong_wolfe" or null, got "armijo"',
  );
  expect(() => new LBFGS([x], { historySize: 0 })).toThrow(
    "LBFGS: historySize must be an integer of at least 1, got 0",
  );
  const { paramGroups } = optimizer.stateDict();
  expect(() => optimizer.loadStateDict({ paramGroups, state: { 0: { d: ones([2]) } } })).toThrow(
    new ValueError("LBFGS.loadStateDict: state of parameter 0: nIter is missing"),
  );
  const numbers = { nIter: 1, funcEvals: 1, t: 1 };
  const tensors = { prevFlatGrad: ones([2]), oldDirs: zeros([0, 2]), oldStps: zeros([0, 2]) };
  const state = { 0: { ...numbers, ...tensors, d: ones([3]) } };
  expect(() => optimizer.loadStateDict({ paramGroups, state })).toThrow(
    new ShapeError("LBFGS.loadStateDict: state of parameter 0: d has shape [3], the parameters have 2 elements"),
  );
});

test.each([undefined, null, 3, {}, Promise.resolve(1)])("a step wants a closure, not %o", async (wrong) => {
  const optimizer = new LBFGS([tensor([1], { requiresGrad: true })]);
  await expect(optimizer.step(wrong as never)).rejects.toThrow("LBFGS.step: closure must be a function, got");
});
