import { inspect } from "node:util";
import { backward } from "@tapegrad/autograd";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  clipGradNorm,
  clipGradValue,
  NAdam,
  type OptimizerStateDict,
  RAdam,
  RMSprop,
  SGD,
  StepLR,
} from "@tapegrad/optim";
import {
  DTypeError,
  Generator,
  ShapeError,
  Tensor,
  ValueError,
  add,
  clone,
  fromHost,
  memoryStats,
  mul,
  ones,
  scope,
  square,
  sum,
  tensor,
  zeros,
} from "@tapegrad/tensor";
import { normals } from "@tapegrad/tensor/random";
import { eachDevice, expectClose } from "@tapegrad/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const makers = {
  "SGD with momentum": (params: Tensor[]) => new SGD(params, { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  "SGD with Nesterov's": (params: Tensor[]) => new SGD(params, { lr: 0.1, momentum: 0.5, nesterov: true }),
  Adam: (params: Tensor[]) => new Adam(params, { lr: 0.1 }),
  "Adam with amsgrad": (params: Tensor[]) => new Adam(params, { lr: 0.1, amsgrad: true, weightDecay: 0.1 }),
  AdamW: (params: Tensor[]) => new AdamW(params, { lr: 0.1 }),
  RMSprop: (params: Tensor[]) => new RMSprop(params, { lr: 0.05, momentum: 0.5, centered: true }),
  Adagrad: (params: Tensor[]) => new Adagrad(params, { lr: 0.5 }),
  Adadelta: (params: Tensor[]) => new Adadelta(params, { eps: 0.1 }),
  Adamax: (params: Tensor[]) => new Adamax(params, { lr: 0.1 }),
  NAdam: (params: Tensor[]) => new NAdam(params, { lr: 0.1 }),
  RAdam: (params: Tensor[]) => new RAdam(params, { lr: 0.1 }),
};
const cases = Object.entries(makers);

function parameters(): Tensor[] {
  return [
    tensor(
      [
        [1, -2],
        [3, 0.5],
      ],
      { requiresGrad: true },
    ),
    tensor([0.25, -1, 2], { requiresGrad: true }),
  ];
}

function setGradients(params: readonly Tensor[], generator: Generator): void {
  for (const param of params) param.grad = fromHost(normals(generator, param.size), param.shape);
}

const values = (params: readonly Tensor[]): number[][] => params.map((param) => [...param.dataSync()]);

eachDevice(() => {
  test.each(cases)("%s: a run continued from a saved state gives the same bits", (_, make) => {
    const generator = new Generator("save");
    const params = parameters();
    const optimizer = make(params);
    for (let step = 0; step < 3; step++) {
      setGradients(params, generator);
      optimizer.step();
    }
    const copies = params.map((param) => tensor(param.dataSync(), { shape: param.shape, requiresGrad: true }));
    const continued = make(copies);
    continued.loadStateDict(optimizer.stateDict());
    for (let step = 0; step < 3; step++) {
      setGradients(params, generator);
      copies.forEach((copy, i) => (copy.grad = clone(params[i]!.grad!)));
      optimizer.step();
      continued.step();
    }
    expect(values(copies)).toEqual(values(params));
  });

  test.each(cases)("%s: a loaded state is a copy: the other run does not disturb it", (_, make) => {
    const generator = new Generator("copy");
    const [params, others] = [parameters(), parameters()];
    const [optimizer, other] = [make(params), make(others)];
    setGradients(params, generator);
    optimizer.step();
    other.loadStateDict(optimizer.stateDict());
    const remembered = (dict: OptimizerStateDict) =>
      Object.values(dict.state).map((own) =>
        Object.values(own).map((each) => (each instanceof Tensor ? [...each.dataSync()] : each)),
      );
    const before = remembered(other.stateDict());
    setGradients(params, generator);
    optimizer.step();
    expect(remembered(other.stateDict())).toEqual(before);
    expect(remembered(optimizer.stateDict())).not.toEqual(before);
  });

  test.each(cases)("%s: a parameter without gradient keeps its value and gets no state", (_, make) => {
    const params = parameters();
    const optimizer = make(params);
    const before = [...params[1]!.dataSync()];
    params[0]!.grad = ones([2, 2]);
    optimizer.step();
    expect([...params[1]!.dataSync()]).toEqual(before);
    expect(Object.keys(optimizer.stateDict().state)).toEqual(["0"]);
  });

  test.each(cases)("%s: steps without gradient do not count: later ones are as if they had not been", (_, make) => {
    const [skipping, plain] = [parameters(), parameters()];
    const [one, two] = [make(skipping), make(plain)];
    const [a, b] = [new Generator("skip"), new Generator("skip")];
    for (let step = 0; step < 3; step++) {
      setGradients(skipping, a);
      setGradients(plain, b);
      one.step();
      two.step();
      one.zeroGrad();
      one.step();
    }
    expect(values(skipping)).toEqual(values(plain));
  });

  test.each(cases)("%s: goes downhill, on the tape's own gradients", (_, make) => {
    const params = parameters();
    const optimizer = make(params);
    const height = () => sum(square(params[1]!));
    const start = height().itemSync();
    for (let step = 0; step < 60; step++) {
      optimizer.zeroGrad();
      backward(height());
      optimizer.step();
    }
    expect(height().itemSync()).toBeLessThan(start * 0.1);
  });

  test("zeroGrad frees the gradients that nobody read, at once, and leaves the others to who holds them", () => {
    const params = parameters();
    const optimizer = new SGD(params, { lr: 0.1, momentum: 0.9 });
    const step = (): void => {
      scope(() => backward(add(sum(square(params[0]!)), sum(square(params[1]!)))));
      optimizer.step();
    };
    step();
    optimizer.zeroGrad();
    const { buffers } = memoryStats();
    step();
    const held = params[0]!.grad!;
    const before = [...held.dataSync()];
    optimizer.zeroGrad();
    expect(memoryStats().buffers).toBe(buffers + 1);
    expect([...held.dataSync()]).toEqual(before);
    expect(params[0]!.grad).toBeNull();
  });

  test("groups have options of their own; the rest is as the constructor says", () => {
    const [a, b] = [ones([1], { requiresGrad: true }), ones([1], { requiresGrad: true })];
    const optimizer = new SGD([{ params: [a] }, { params: [b], lr: 0.5 }], { lr: 0.1, weightDecay: 1 });
    a.grad = ones([1]);
    b.grad = ones([1]);
    optimizer.step();
    expectClose(a, [1 - 0.1 * 2]);
    expectClose(b, [1 - 0.5 * 2]);
  });

  test("clipping leaves gradients no longer than asked, in their old direction", () => {
    const lengths = fc.float({ min: Math.fround(0.1), max: 100, noNaN: true });
    fc.assert(
      fc.property(lengths, fc.integer(), (maxNorm, seed) => {
        const params = parameters();
        setGradients(params, new Generator(seed));
        const before = params.flatMap((param) => [...param.grad!.dataSync()]);
        const norm = Math.hypot(...before);
        expectClose(clipGradNorm(params, maxNorm), norm);
        const factor = Math.min(1, maxNorm / (norm + 1e-6));
        expectClose(
          params.flatMap((param) => [...param.grad!.dataSync()]),
          before.map((value) => value * factor),
        );
      }),
    );
  });
}, ["wasm", "gpu:webasm"]);

describe("errors", () => {
  test("a parameter list that cannot be optimized is refused", () => {
    const param = zeros([2], { requiresGrad: true });
    expect(() => new SGD([], { lr: 0.1 })).toThrow(
      "SGD: got an empty parameter list; a module does not see layers in its #private fields",
    );
    expect(() => new SGD([param, param], { lr: 0.1 })).toThrow("SGD: a parameter of shape [2] was given twice");
    expect(() => new SGD([{ params: [param] }, { params: [param] }], { lr: 0.1 })).toThrow("given twice");
    expect(() => new SGD([mul(param, 2)], { lr: 0.1 })).toThrow("can only optimize leaf tensors");
    expect(() => new Adam([zeros([2], { dtype: "int32" })])).toThrow(DTypeError);
    expect(() => new Adam([{ params: [param], beta: 1 } as never])).toThrow(
      "Adam: unknown option beta; expected lr, betas",
    );
    expect(() => new SGD(param as never, { lr: 0.1 })).toThrow(
      "SGD: expected parameters in an iterable, such as an array, got a tensor",
    );
    expect(() => new SGD([param, { params: [] }] as never, { lr: 0.1 })).toThrow(
      "SGD: expected a group { params: [...] }, got a tensor",
    );
  });

  test("an option that does not exist is refused, also in a saved state", () => {
    const options = { lr: 0.1, momentun: 0.9 };
    expect(() => new SGD(parameters(), options)).toThrow(
      "SGD: unknown option momentun; expected lr, momentum, dampening",
    );
    const optimizer = new SGD(parameters(), { lr: 0.1 });
    const { state, paramGroups } = optimizer.stateDict();
    expect(() => optimizer.loadStateDict({ state, paramGroups: [{ ...paramGroups[0]!, momentun: 0.9 }] })).toThrow(
      "unknown option momentun",
    );
  });

  test("a rate that became NaN is refused by the next step, and nothing moves", () => {
    const params = parameters();
    const optimizer = new SGD([{ params: [params[0]!] }, { params: [params[1]!] }], { lr: 0.1 });
    const before = values(params);
    setGradients(params, new Generator(0));
    optimizer.paramGroups[1]!.lr = Number.NaN;
    expect(() => optimizer.step()).toThrow("SGD: lr must be a finite number, not negative, got NaN");
    expect(values(params)).toEqual(before);
  });

  test.each([Number.NaN, Infinity, -0.1])("a learning rate of %d is refused", (lr) => {
    const message = `lr must be a finite number, not negative, got ${lr}`;
    expect(() => new SGD(parameters(), { lr })).toThrow(`SGD: ${message}`);
    expect(() => new Adam(parameters(), { lr })).toThrow(`Adam: ${message}`);
    expect(() => new AdamW([{ params: parameters(), lr }])).toThrow(`AdamW: ${message}`);
  });

  test("options out of range are refused", () => {
    const params = parameters();
    expect(() => new SGD(params, { lr: 0.1, momentum: -1 })).toThrow(ValueError);
    expect(() => new SGD(params, { lr: 0.1, weightDecay: Number.NaN })).toThrow(ValueError);
    expect(() => new SGD(params, { lr: 0.1, nesterov: true })).toThrow(
      "Nesterov momentum requires a momentum and zero dampening, got 0 and 0",
    );
    for (const betas of [[0.9], [0.9, 0.9, 0.9]] as unknown as [number, number][])
      expect(() => new Adam(params, { betas })).toThrow(`Adam: betas must be two numbers, got [${betas.join(", ")}]`);
    expect(() => new Adam(params, { betas: [0.9, 1] })).toThrow("Adam: betas[1] must lie in [0, 1), got 1");
    expect(() => new Adam(params, { eps: -1 })).toThrow("Adam: eps must be");
  });

  test("a state that does not fit is refused, and nothing changes", () => {
    const params = parameters();
    const optimizer = new SGD(params, { lr: 0.1, momentum: 0.9 });
    setGradients(params, new Generator(0));
    optimizer.step();
    const good = optimizer.stateDict();
    const before = values(Object.values(good.state).map(({ momentumBuffer }) => momentumBuffer as Tensor));
    const bad: [OptimizerStateDict, string][] = [
      [{ ...good, paramGroups: [] }, "expected 1 parameter groups, got 0"],
      [
        { ...good, paramGroups: [{ ...good.paramGroups[0]!, params: [0] }] },
        "group 0 has 2 parameters, the saved one 1",
      ],
      [{ ...good, paramGroups: [{ params: [0, 1] }] }, "SGD.loadStateDict: group 0: lr is missing"],
      [{ ...good, paramGroups: [{ ...good.paramGroups[0]!, lr: Number.NaN }] }, "lr must be a finite number"],
      [{ ...good, state: { 0: { momentumBuffer: zeros([3]) } } }, "momentumBuffer has shape [3], its parameter [2, 2]"],
    ];
    for (const [state, message] of bad) expect(() => optimizer.loadStateDict(state)).toThrow(message);
    expect(() => optimizer.loadStateDict(bad[4]![0])).toThrow(ShapeError);
    const after = optimizer.stateDict();
    expect(values(Object.values(after.state).map(({ momentumBuffer }) => momentumBuffer as Tensor))).toEqual(before);
    expect(after.paramGroups).toEqual(good.paramGroups);
  });

  test("bounds and norms that make no sense are refused", () => {
    const params = parameters();
    expect(() => clipGradNorm(params, -1)).toThrow("maxNorm must not be negative, got -1");
    expect(() => clipGradNorm(params, 1, { normType: 0 })).toThrow("normType must be positive, got 0");
    expect(() => clipGradValue(params, Number.NaN)).toThrow("clipValue must not be negative, got NaN");
  });
});

describe("clipping", () => {
  test("takes a single parameter, and passes by those without gradient", () => {
    const [first, second] = parameters() as [Tensor, Tensor];
    second.grad = tensor([3, 0, 4]);
    expectClose(clipGradNorm([first, second], 1), 5);
    expect(first.grad).toBeNull();
    expectClose(clipGradNorm(second, 10), 1);
    clipGradValue(second, 0.7);
    expectClose(second.grad, [0.6, 0, 0.7]);
  });

  test("without any gradient the norm is 0", () => {
    expect(clipGradNorm(parameters(), 1).itemSync()).toBe(0);
  });
});

test("an optimizer prints the options of its groups, as in PyTorch", () => {
  const [a, b] = [tensor([1], { requiresGrad: true }), tensor([2], { requiresGrad: true })];
  const adam = new Adam([{ params: [a] }, { params: [b], lr: 0.1 }]);
  expect(new StepLR(adam, 1).lastLrs).toEqual([0.001, 0.1]);
  const group = (i: number, lr: number): string => `Parameter Group ${i}
    amsgrad: false
    betas: [0.9, 0.999]
    eps: 1e-8
    initialLr: ${lr}
    lr: ${lr}
    maximize: false
    weightDecay: 0
`;
  const text = `Adam (\n${group(0, 0.001)}\n${group(1, 0.1)})`;
  expect(String(adam)).toBe(text);
  expect(inspect({ adam }, { depth: 0 })).toContain("Parameter Group 1\n");
  expect(JSON.parse(JSON.stringify(adam))).toBe(text);
});
