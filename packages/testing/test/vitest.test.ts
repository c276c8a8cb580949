import "@tapegrad/testing/vitest";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { BatchNorm2d, Conv2d, Dropout, Linear, ReLU, Sequential, Tanh } from "@tapegrad/nn";
import { DisposedError, manualSeed, noGrad, ones, tensor, withDevice, zeros } from "@tapegrad/tensor";
import { Float64Device } from "@tapegrad/tensor/devices/float64";
import { eachDevice, tensorMatchers, useTestRunner } from "@tapegrad/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

function seeded<R>(make: () => R): R {
  manualSeed(1);
  return make();
}

test("toBeCloseToTensor accepts what is close, and says where a tensor is not", () => {
  expect(tensor([1, 100])).toBeCloseToTensor(tensor([1.00009, 100.009]));
  expect(tensor([1, 100])).toBeCloseToTensor([1.00009, 100.009]);
  expect(tensor([1.5, 2])).toBeCloseToTensor([1, 2], { rtol: 0, atol: 0.5 });
  expect(() => expect(tensor([1, 2, 3])).toBeCloseToTensor([1, 2, 3.01])).toThrow(
    "1 of 3 values differ by more than 0.00001 + 0.0001 · |expected|; the worst is element 2: expected 3.01, got 3",
  );
  expect(() => expect(ones([2, 1])).toBeCloseToTensor(ones([1, 2]))).toThrow("expected shape [1, 2], got [2, 1]");
});

test("not.toBeCloseToTensor fails for what is close", () => {
  expect(tensor([1, 2])).not.toBeCloseToTensor([1, 2.1]);
  expect(ones([2, 1])).not.toBeCloseToTensor(ones([1, 2]));
  expect(() => expect(tensor([1])).not.toBeCloseToTensor([1.00001], { rtol: 0.5 })).toThrow(
    "expected a tensor that differs by more than 0.00001 + 0.5 · |expected|, got a close one",
  );
});

test("toHaveShape compares shapes alone", () => {
  expect(zeros([2, 3])).toHaveShape([2, 3]);
  expect(tensor(7)).toHaveShape([]);
  expect(zeros([2, 3])).not.toHaveShape([3, 2]);
  expect(() => expect(zeros([2, 3])).toHaveShape([6])).toThrow("expected shape [6], got [2, 3]");
  expect(() => expect(zeros([2])).not.toHaveShape([2])).toThrow("expected another shape than [2]");
});

test("what is no tensor passes neither way", () => {
  for (const received of [[1, 2], null, 3]) {
    expect(() => expect(received).toHaveShape([2])).toThrow("toHaveShape: expected a tensor, got");
    expect(() => expect(received).not.toHaveShape([3])).toThrow("toHaveShape: expected a tensor, got");
    expect(() => expect(received).not.toBeCloseToTensor([9])).toThrow("toBeCloseToTensor: expected a tensor, got");
  }
});

test("the matchers work inside others", () => {
  expect({ mean: tensor([0.5]), name: "bn" }).toEqual({ mean: expect.toBeCloseToTensor([0.5]), name: "bn" });
  expect({ mean: zeros([2]) }).toEqual({ mean: expect.not.toHaveShape([3]) });
  expect(tensorMatchers.toHaveShape(zeros([2]), [2]).pass).toBe(true);
});

describe("equality looks at values", () => {
  const same: Readonly<Record<string, () => unknown>> = {
    tensors: () => tensor([1, NaN]),
    "int32 tensors": () => tensor([1, 2], { dtype: "int32" }),
    "nested tensors": () => ({ a: [new Map([["w", tensor([1])]])] }),
    layers: () => seeded(() => new Linear(2, 3)),
    networks: () => seeded(() => new Sequential(new Conv2d(1, 2, 3), new BatchNorm2d(2), new Sequential(new ReLU()))),
    "sets and keys": () => new Map([[new Set([tensor([1]), tensor([2])]), [new Set([tensor([2]), tensor([1])])]]]),
    "states of optimizers": () => new Map([["state", new Map([[0, new Map([["expAvg", tensor([1])]])]])]]),
    "state dicts": () => seeded(() => new Linear(2, 3).stateDict()),
  };
  test.each(Object.entries(same))("the same %s pass", (_, make) => {
    expect(make()).toEqual(make());
    expect(make()).toStrictEqual(make());
    expect([make()]).toContainEqual(make());
    expect({ a: make(), b: 1 }).toMatchObject({ a: make() });
    expect({ a: make() }).toHaveProperty("a", make());
    expect({ a: make(), b: 1 }).toEqual(expect.objectContaining({ a: make() }));
    expect([0, make()]).toEqual(expect.arrayContaining([make()]));
    const called = vi.fn<(value: unknown) => void>();
    called(make());
    expect(called).toHaveBeenCalledWith(make());
  });

  test("of maps that hold themselves, too", () => {
    const cyclic = (value: number): Map<string, unknown> => {
      const map = new Map<string, unknown>([["w", tensor([value])]]);
      return map.set("self", map);
    };
    expect(cyclic(1)).toEqual(cyclic(1));
    expect(cyclic(1)).not.toEqual(cyclic(2));
  });

  test("so do tensors on different devices, and zeros of either sign", () => {
    expect(withDevice(new Float64Device(), () => tensor([1, 0]))).toEqual(tensor([1, -0]));
  });

  const net = (change: (net: Sequential) => unknown = () => undefined): Sequential =>
    seeded(() => {
      const made = new Sequential(new Linear(1, 1), new Dropout(0.5), new BatchNorm2d(1));
      noGrad(() => change(made));
      return made;
    });
  const different: Readonly<Record<string, readonly [unknown, unknown]>> = {
    values: [tensor([1, 2]), tensor([1, 3])],
    "a NaN": [tensor([NaN]), tensor([1])],
    shapes: [tensor([1, 2]), tensor([[1, 2]])],
    dtypes: [tensor([1]), tensor([1], { dtype: "int32" })],
    "a tensor and its numbers": [tensor([1]), [1]],
    "a tensor and an object of its fields": [tensor([1]), { ...tensor([1]) }],
    "one weight": [net(), net((made) => made.parameters()[1]!.assign(tensor([9])))],
    "one buffer": [net(), net((made) => made.buffers()[0]!.assign(tensor([9])))],
    "one option": [net(), net((made) => ((made.at(1) as Dropout).p = 0.4))],
    "one mode": [net(), net((made) => made.at(2).eval())],
    "a frozen layer": [net().eval(), net((made) => made.at(2).freeze()).eval()],
    "whether a parameter learns": [net(), net((made) => made.at(0).requireGrad(false))],
    "state dicts": [new Map([["w", tensor([1])]]), new Map([["w", tensor([2])]])],
    "the keys of a state dict": [new Map([["w", tensor([1])]]), new Map([["v", tensor([1])]])],
    "the tensors of a set": [new Set([tensor([1]), tensor([1])]), new Set([tensor([1]), tensor([2])])],
    "a map in a map": [new Map([[0, new Map([["w", tensor([1])]])]]), new Map([[0, new Map([["w", tensor([2])]])]])],
    "a map and its list": [new Map([["w", tensor([1])]]), [["w", tensor([1])]]],
    classes: [new Sequential(new ReLU()), new Sequential(new Tanh())],
    "the number of layers": [new Sequential(new ReLU()), new Sequential(new ReLU(), new ReLU())],
    "names of layers": [new Sequential({ a: new ReLU() }), new Sequential({ b: new ReLU() })],
  };
  test.each(Object.entries(different))("different in %s fails, both ways round", (_, [a, b]) => {
    expect(() => expect(a).toEqual(b)).toThrow();
    expect(() => expect(b).toEqual(a)).toThrow();
    expect(a).not.toEqual(b);
    expect({ a: [a] }).not.toStrictEqual({ a: [b] });
    expect([0, a]).not.toContainEqual(b);
    expect({ a }).not.toMatchObject({ a: b });
    expect({ a }).not.toHaveProperty("a", b);
    expect({ a }).not.toEqual(expect.objectContaining({ a: b }));
    expect({ a }).toEqual(expect.not.objectContaining({ a: b }));
    expect([0, a]).not.toEqual(expect.arrayContaining([b]));
    const called = vi.fn<(value: unknown) => void>();
    called(a);
    expect(called).not.toHaveBeenCalledWith(b);
  });

  test("fields are looked at where the other side has no values", () => {
    expect(tensor([1, 2])).toMatchObject({ shape: [2], dtype: "float32" });
    expect(new Dropout(0.25)).toMatchObject({ p: 0.25, training: true });
    expect(tensor([1, 2])).not.toMatchObject({ shape: [3] });
    expect(tensor([1])).not.toEqual({ shape: [1], dtype: "float32" });
    expect(new Sequential()).not.toEqual(tensor([1]));
  });

  test("what cannot be read is an error, not a difference", () => {
    const lost = tensor([1]);
    lost.dispose();
    expect(() => expect(lost).not.toEqual(tensor([2]))).toThrow(DisposedError);
  });
});

test("eachDevice declares tests with the runner that was chosen", () => {
  const declared: string[] = [];
  const record = (name: string, block: () => unknown): void => {
    declared.push(name);
    block();
  };
  try {
    useTestRunner({ describe: record, test: record, beforeAll: () => undefined, afterAll: () => undefined });
    eachDevice((device) => void declared.push(`in ${device}`), ["wasm", "gpu:cpu"]);
  } finally {
    useTestRunner({ describe, test, beforeAll, afterAll });
  }
  expect(declared).toEqual(["wasm", "in wasm", "gpu:cpu", "in gpu:cpu"]);
});

test("the package can be used without vitest, but for what declares tests", () => {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const refuse = `export async function resolve(name, context, next) {
    if (name !== "vitest") return next(name, context);
    throw Object.assign(new Error("Cannot find package 'vitest'"), { code: "ERR_MODULE_NOT_FOUND" });
  }`;
  const program = `
    import { register } from "node:module";
    register("data:text/javascript," + encodeURIComponent(${JSON.stringify(refuse)}));
    const { eachDevice, expectClose, useTestRunner } = await import("@tapegrad/testing");
    expectClose([1], [1]);
    try { eachDevice(() => {}); } catch (error) { console.log(error.message); }
    const declare = (name, fn) => { console.log(name); fn(); };
    Object.assign(globalThis, { describe: declare, it: declare, before() {}, after() {} });
    eachDevice(() => {}, ["wasm"]);
  `;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", program];
  const output = execFileSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  expect(output).toMatch(/^eachDevice: found no test runner; import @tapegrad\/testing\/vitest .*\nwasm\n$/);
});
