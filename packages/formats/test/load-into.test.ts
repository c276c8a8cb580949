import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeSafetensors,
  encodeTorch,
  fileTensor,
  findStateDict,
  loadInto,
  readSafetensors,
  readTorch,
  saveTorch,
  toTensors,
  withoutPrefix,
} from "@tapegrad/formats";
import { BatchNorm2d, Conv2d, Sequential, StateDictError } from "@tapegrad/nn";
import { FormatError } from "@tapegrad/tensor";
import { expect, test } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const net = (): Sequential => new Sequential(new Conv2d(1, 2, 3), new BatchNorm2d(2));
const bits = (model: Sequential): unknown[] => [...model.stateDict()].map(([name, value]) => [name, value.dataSync()]);

test("a model gets the values of a checkpoint or of safetensors, bit by bit", async () => {
  const [saved, fromTorch, fromSafetensors] = [net(), net(), net()];
  const path = join(folder, "model.pth");
  await saveTorch(path, { state_dict: saved.stateDict(), epoch: 3 });
  expect(await loadInto(fromTorch, findStateDict(await readTorch(path)))).toEqual({
    missingKeys: [],
    unexpectedKeys: [],
  });
  expect(bits(fromTorch)).toEqual(bits(saved));
  const { tensors } = await readSafetensors(await encodeSafetensors(saved.stateDict()));
  await loadInto(fromSafetensors, tensors);
  expect(bits(fromSafetensors)).toEqual(bits(saved));
});

test("float16 weights and 64-bit counts take the dtypes of the model", async () => {
  const model = new BatchNorm2d(2);
  const half = fileTensor(Float32Array.of(0.5, 2), [2], { dtype: "float16" });
  const dict = new Map(["weight", "bias", "running_mean", "running_var"].map((name) => [name, half]));
  dict.set("num_batches_tracked", fileTensor(BigInt64Array.of(7n), []));
  await loadInto(model, findStateDict(await readTorch(await encodeTorch(dict))));
  expect([...model.weight!.dataSync()]).toEqual([0.5, 2]);
  expect(model.numBatchesTracked!.itemSync()).toBe(7);
});

test("nothing is read where names do not fit; strict: false reads what does", async () => {
  const model = new BatchNorm2d(2);
  const dict = new Map([
    ["weight", fileTensor(Float32Array.of(4, 5), [2])],
    ["extra", fileTensor(Float32Array.of(1), [1])],
  ]);
  await expect(loadInto(model, dict)).rejects.toThrow(StateDictError);
  expect([...model.weight!.dataSync()]).toEqual([1, 1]);
  const { missingKeys, unexpectedKeys } = await loadInto(model, dict, { strict: false });
  expect([missingKeys, unexpectedKeys]).toEqual([["bias", "running_mean", "running_var"], ["extra"]]);
  expect([...model.weight!.dataSync()]).toEqual([4, 5]);
  expect(await loadInto(model, new Map(), { strict: false })).toMatchObject({ unexpectedKeys: [] });
});

test("what cannot be loaded into is refused", async () => {
  for (const target of [undefined, null, 5, {}, () => 1])
    await expect(loadInto(target as never, new Map())).rejects.toThrow(
      /^loadInto: expected a model, or what has a stateDict/,
    );
});

test("what is no dict of tensors is refused", async () => {
  for (const wrong of [undefined, null, {}, { tensors: new Map() }]) {
    await expect(toTensors(wrong as never)).rejects.toThrow(/^toTensors: expected the tensors of a file/);
    expect(() => withoutPrefix(wrong as never, "module.")).toThrow(/^withoutPrefix: expected a Map, got/);
  }
});

test("a file that changes after its structure was read is refused by name", async () => {
  const path = join(folder, "changing.pth");
  await saveTorch(path, net().stateDict());
  const dict = findStateDict(await readTorch(path));
  writeFileSync(path, "something else");
  await expect(loadInto(net(), dict)).rejects.toThrow(FormatError);
  await expect(loadInto(net(), dict)).rejects.toThrow(/changing\.pth: changed since it was opened/);
});
