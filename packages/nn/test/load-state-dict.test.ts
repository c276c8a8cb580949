import { BatchNorm2d, Conv2d, Linear, Module, ReLU, Sequential, StateDictError } from "@tapegrad/nn";
import { loadStoredStateDict } from "@tapegrad/nn/internal";
import {
  arange,
  destroyDevices,
  memoryStats,
  noGrad,
  ones,
  rand,
  scalar,
  scope,
  tensor,
  type Tensor,
  useDevice,
  zeros,
} from "@tapegrad/tensor";
import { describe, expect, test, vi } from "vitest";

function caught(fn: () => unknown): StateDictError {
  try {
    fn();
  } catch (error) {
    if (error instanceof StateDictError) return error;
    throw error;
  }
  throw new Error("expected a StateDictError");
}

const misfit = (): Record<string, Tensor> => ({ "0.weight": zeros([2, 1, 5, 5]), "1.extra": zeros([1]) });
const net = (): Sequential => new Sequential(new Conv2d(1, 2, 3));

test("missing, unexpected and wrong-sized keys are all listed in one error", () => {
  const error = caught(() => net().loadStateDict(misfit()));
  expect(error.message).toBe(
    "loadStateDict: the state dict does not fit Sequential:\n" +
      "  missing keys: 0.bias\n" +
      "  unexpected keys: 1.extra\n" +
      "  size mismatch for 0.weight: the state dict has float32 [2, 1, 5, 5], the module expects float32 [2, 1, 3, 3]",
  );
  expect(error.missingKeys).toEqual(["0.bias"]);
  expect(error.unexpectedKeys).toEqual(["1.extra"]);
  expect(error.mismatchedKeys).toEqual(["0.weight"]);
});

test("a wrong size is an error even if not strict, which otherwise returns the two lists", () => {
  const error = caught(() => net().loadStateDict(misfit(), { strict: false }));
  expect(error.message).not.toMatch(/missing|unexpected/);
  const { "1.extra": extra } = misfit();
  const fitting = { "0.weight": ones([2, 1, 3, 3]), "1.extra": extra! };
  const model = net();
  expect(model.loadStateDict(fitting, { strict: false })).toEqual({
    missingKeys: ["0.bias"],
    unexpectedKeys: ["1.extra"],
  });
  expect(model.parameters()[0]!.dataSync()).toEqual(new Float32Array(18).fill(1));
});

test("that no key fits is told, if not strict", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const load = (state: Record<string, Tensor>): unknown => new BatchNorm2d(1).loadStateDict(state, { strict: false });
  load({});
  load({ weight: ones([1]), "module.bias": ones([1]) });
  expect(warn).not.toHaveBeenCalled();
  load({ "module.weight": ones([1]), "module.bias": ones([1]) });
  new ReLU().loadStateDict({ weight: ones([1]) }, { strict: false });
  expect(warn.mock.calls).toEqual([
    [
      "loadStateDict: nothing was loaded, since no key is one of BatchNorm2d: the state dict has module.weight, and the module weight",
    ],
    ["loadStateDict: nothing was loaded, since no key is one of ReLU: the state dict has weight, and the module none"],
  ]);
  warn.mockRestore();
});

test("another dtype is a mismatch", () => {
  const model = new BatchNorm2d(1);
  const state = new Map(model.stateDict()).set("num_batches_tracked", scalar(3));
  expect(caught(() => model.loadStateDict(state)).message).toMatch(
    /num_batches_tracked: the state dict has float32 \[\], the module expects int32 \[\]/,
  );
});

test("nothing is half-loaded: an error leaves every value as it was", () => {
  const model = new Sequential(new Linear(2, 2), new Linear(2, 3));
  const before = [...model.stateDict({ copy: true }).values()].map((value) => value.dataSync());
  const state = new Map<string, Tensor>([...model.stateDict()].map(([key, { shape }]) => [key, ones(shape)]));
  state.set("1.bias", ones([4]));
  caught(() => model.loadStateDict(state));
  state.set("1.bias", ones([3]));
  state.get("1.weight")!.dispose();
  expect(() => model.loadStateDict(state)).toThrow(/disposed/);
  expect([...model.stateDict().values()].map((value) => value.dataSync())).toEqual(before);
});

test("values are copied: the model and the tensors loaded go separate ways", () => {
  const model = new Linear(2, 1, { bias: false });
  const { weight } = model;
  const source = tensor([[1, 2]]);
  model.loadStateDict({ weight: source });
  expect(model.weight).toBe(weight);
  source.assign(zeros([1, 2]));
  expect([...model.weight.dataSync()]).toEqual([1, 2]);
  noGrad(() => weight.assign(ones([1, 2])));
  expect([...source.dataSync()]).toEqual([0, 0]);
});

test("a state dict is a view that training changes; a copy is not", () => {
  const model = new Linear(2, 1, { bias: false });
  model.loadStateDict({ weight: tensor([[1, 2]]) });
  const view = model.stateDict().get("weight")!;
  const copy = model.stateDict({ copy: true }).get("weight")!;
  noGrad(() => model.weight.assign(tensor([[5, 6]])));
  expect([...view.dataSync()]).toEqual([5, 6]);
  expect([...copy.dataSync()]).toEqual([1, 2]);
  expect(view.requiresGrad).toBe(false);
});

test("a dict without num_batches_tracked loads, as those from before PyTorch 0.4.1 do, and counts from 0", () => {
  const model = new BatchNorm2d(2);
  model.numBatchesTracked!.assign(scalar(7, "int32"));
  const state = new Map(model.stateDict({ copy: true }));
  state.delete("num_batches_tracked");
  expect(model.loadStateDict(state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
  expect(model.numBatchesTracked!.itemSync()).toBe(0);
  state.delete("running_mean");
  expect(caught(() => model.loadStateDict(state)).missingKeys).toEqual(["running_mean"]);
});

test("absent parameters and buffers are not in the dict, and unexpected where a dict has them", () => {
  expect([...new BatchNorm2d(2, { affine: false, trackRunningStats: false }).stateDict().keys()]).toEqual([]);
  expect([...new Linear(2, 1, { bias: false }).stateDict().keys()]).toEqual(["weight"]);
  const state = new Linear(2, 1).stateDict();
  expect(caught(() => new Linear(2, 1, { bias: false }).loadStateDict(state)).unexpectedKeys).toEqual(["bias"]);
});

test("shared parameters are in the dict under each of their names", () => {
  class Tied extends Module {
    readonly encoder = new Linear(2, 2, { bias: false });
    readonly decoder = this.encoder;
    forward(): void {}
  }
  const model = new Tied();
  expect([...model.stateDict().keys()]).toEqual(["encoder.weight", "decoder.weight"]);
  expect(model.parameters()).toHaveLength(1);
  model.loadStateDict({ "encoder.weight": zeros([2, 2]), "decoder.weight": ones([2, 2]) });
  expect([...model.encoder.weight.dataSync()]).toEqual([1, 1, 1, 1]);
});

test("parameters and buffers outlive the scope they were made in", () => {
  let model: BatchNorm2d | undefined;
  scope(() => {
    model = new BatchNorm2d(3);
    model.loadStateDict({ ...Object.fromEntries(model.stateDict()), running_mean: arange(3) });
  });
  expect([...model!.runningMean!.dataSync()]).toEqual([0, 1, 2]);
  expect([...model!.weight!.dataSync()]).toEqual([1, 1, 1]);
});

test("parameters that trade places get each other's values", () => {
  const model = new Sequential(new Linear(2, 2, { bias: false }), new Linear(2, 2, { bias: false }));
  const first = tensor([
    [1, 2],
    [3, 4],
  ]);
  const second = tensor([
    [5, 6],
    [7, 8],
  ]);
  model.loadStateDict({ "0.weight": first, "1.weight": second });
  const state = model.stateDict();
  model.loadStateDict({ "0.weight": state.get("1.weight")!, "1.weight": state.get("0.weight")! });
  expect(model.parameters().map((each) => each.dataSync())).toEqual([second.dataSync(), first.dataSync()]);
});

test("one tensor may fill several parameters, which go separate ways", () => {
  const model = new Sequential(new Linear(1, 1, { bias: false }), new Linear(1, 1, { bias: false }));
  const [first, last] = model.parameters() as [Tensor, Tensor];
  model.loadStateDict({ "0.weight": first, "1.weight": first });
  noGrad(() => last.assign(tensor([[7]])));
  expect(first.dataSync()).not.toEqual(last.dataSync());
});

test("loading needs room for one tensor more, not for all of them", async () => {
  // Memory grows by an eighth at a time: that of a new device says how much was missing.
  destroyDevices();
  await useDevice("wasm");
  const model = new Sequential(...Array.from({ length: 8 }, () => new Linear(256, 256, { bias: false })));
  const state = new Map([...model.stateDict()].map(([key, { shape }]) => [key, rand(shape)]));
  // Random values wait until they are read.
  for (const tensor of [...model.parameters(), ...state.values()]) tensor.dataSync();
  const before = memoryStats();
  model.loadStateDict(state);
  const after = memoryStats();
  expect(after.bytes).toBe(before.bytes);
  expect(after.reservedBytes - before.reservedBytes).toBeLessThan(4 * 256 * 256 * 4);
});

describe("tensors that are still in a file", () => {
  /** A tensor that counts its readings, and fails on the one it is told. */
  const stored = (values: Float32Array | Int32Array, shape: readonly number[]) => ({
    shape,
    deviceDType: values instanceof Float32Array ? ("float32" as const) : ("int32" as const),
    toHost: vi.fn(async () => values),
  });

  test("are read one by one; num_batches_tracked may be missing", async () => {
    const model = new BatchNorm2d(2);
    model.numBatchesTracked!.assign(scalar(7, "int32"));
    const state = new Map(
      ["weight", "bias", "running_mean", "running_var"].map((key, i) => [key, stored(Float32Array.of(i, -i), [2])]),
    );
    expect(await loadStoredStateDict(model, state)).toEqual({ missingKeys: [], unexpectedKeys: [] });
    expect([...model.runningVar!.dataSync()]).toEqual([3, -3]);
    expect(model.numBatchesTracked!.itemSync()).toBe(0);
    for (const { toHost } of state.values()) expect(toHost).toHaveBeenCalledTimes(1);
  });

  test("are not read at all if names, shapes or dtypes do not fit", async () => {
    const model = new Linear(2, 1);
    const weight = stored(Float32Array.of(1, 2), [1, 2]);
    const bias = stored(Int32Array.of(1), [1]);
    await expect(loadStoredStateDict(model, new Map([["weight", weight]]))).rejects.toThrow(/missing keys: bias/);
    const state = new Map(Object.entries({ weight, bias }));
    await expect(loadStoredStateDict(model, state)).rejects.toThrow(
      /dtype mismatch for bias: the state dict has int32 \[1\], the module expects float32 \[1\]/,
    );
    expect(weight.toHost).not.toHaveBeenCalled();
    const loose = await loadStoredStateDict(model, new Map([["weight", weight]]), { strict: false });
    expect(loose).toEqual({ missingKeys: ["bias"], unexpectedKeys: [] });
    expect([...model.weight.dataSync()]).toEqual([1, 2]);
  });

  test("a file that fails on the way leaves the rest as it was", async () => {
    const model = new Linear(1, 1);
    const [before] = model.bias!.dataSync();
    const bias = stored(Float32Array.of(9), [1]);
    bias.toHost.mockRejectedValue(new Error("damaged"));
    const state = new Map(Object.entries({ bias, weight: stored(Float32Array.of(8), [1, 1]) }));
    await expect(loadStoredStateDict(model, state)).rejects.toThrow("damaged");
    expect([model.weight.itemSync(), model.bias!.itemSync()]).toEqual([8, before]);
  });
});
