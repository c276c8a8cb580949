import { readFileSync } from "node:fs";
import { encodeTorch, fileTensor, findStateDict, loadTorch, readTorch } from "@tapegrad/formats";
import type { FileTensor, TorchValue } from "@tapegrad/formats";
import { FormatError, ValueError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { asDict, asOrderedDict, expectValue, fixture, golden } from "./golden.ts";

describe("PyTorch's files", () => {
  test.each(["state_dict_zip.pth", "state_dict_legacy.pth"])(
    "%s holds every dtype, stride and offset exactly",
    async (name) => {
      await expectValue(await readTorch(fixture(name)), golden.state_dict);
    },
  );

  test("nested dicts, lists, tuples and numbers come as they were saved", async () => {
    await expectValue(await readTorch(fixture("checkpoint_nested_zip.pth")), golden.checkpoint);
  });

  test("a module's state dict carries its metadata", async () => {
    const dict = asOrderedDict(await readTorch(fixture("module_state_dict_with_metadata_zip.pth")));
    await expectValue(dict, golden.module_state_dict);
    expect(plain(dict.attributes.get("_metadata"))).toEqual(golden.module_metadata);
  });

  test("tensors that shared a storage still do", async () => {
    const dict = asDict(await readTorch(fixture("state_dict_zip.pth")));
    const storage = (name: string): unknown => (dict.get(name) as FileTensor).storage;
    expect(storage("shared.a")).toBe(storage("shared.b"));
    expect(storage("shared.a")).not.toBe(storage("conv.weight"));
  });

  test("bytes in memory read like the file", async () => {
    await expectValue(await readTorch(readFileSync(fixture("state_dict_legacy.pth"))), golden.state_dict);
  });

  test("a pickled module is refused by the name of its class", async () => {
    const reading = readTorch(fixture("whole_module_must_be_refused_zip.pth"));
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(
      /whole_module_must_be_refused_zip\.pth: refused: .*global "torch\.nn\..*state_dict\(\) instead/,
    );
  });

  test("a missing file is a FormatError that names it", async () => {
    await expect(readTorch("no/such/file.pth")).rejects.toThrow(/^no\/such\/file\.pth: cannot be opened/);
  });
});

describe("loadTorch", () => {
  test("makes float32 tensors of half-precision weights and int32 ones of integers", async () => {
    const weights = new Map([
      ["w", fileTensor(Float32Array.of(1.5, -2, 65504, Infinity), [4], { dtype: "float16" })],
      ["num_batches_tracked", fileTensor(BigInt64Array.of(7n), [])],
    ]);
    const tensors = await loadTorch(await encodeTorch(weights));
    expect(await tensors.get("w")!.data()).toEqual(Float32Array.of(1.5, -2, 65504, Infinity));
    expect(await tensors.get("num_batches_tracked")!.data()).toEqual(Int32Array.of(7));
  });

  test("an int64 that int32 cannot hold is an error, not another number", async () => {
    await expect(loadTorch(fixture("state_dict_zip.pth"))).rejects.toThrow(/9007199254740993.*int32/);
  });

  test("a float64 that float32 cannot hold is an error, not infinity", async () => {
    const file = await encodeTorch({ w: fileTensor(Float64Array.of(1e300), [1]) });
    await expect(loadTorch(file)).rejects.toThrow(/1e\+300.*float32/);
  });
});

describe("findStateDict", () => {
  const w = fileTensor(Float32Array.of(1), [1]);

  test("looks under the usual keys", () => {
    expect([
      ...findStateDict(
        new Map<string, TorchValue>([
          ["epoch", 3],
          ["state_dict", new Map([["w", w]])],
        ]),
      ).keys(),
    ]).toEqual(["w"]);
  });

  test("follows a key into nested dicts", () => {
    expect([
      ...findStateDict(new Map([["ema", new Map([["best", new Map([["w", w]])]])]]), { key: "ema.best" }).keys(),
    ]).toEqual(["w"]);
  });

  test("takes module. off only if every name has it", () => {
    expect([
      ...findStateDict(
        new Map([
          ["module.a", w],
          ["module.b", w],
        ]),
      ).keys(),
    ]).toEqual(["a", "b"]);
    expect([
      ...findStateDict(
        new Map([
          ["module.a", w],
          ["b", w],
        ]),
      ).keys(),
    ]).toEqual(["module.a", "b"]);
  });

  test("an empty dict is the state of a module without state, if there is no other", async () => {
    const empty = new Map<string, TorchValue>();
    expect(findStateDict(empty).size).toBe(0);
    expect(await loadTorch(await encodeTorch(new Map()))).toEqual(new Map());
    expect(findStateDict(new Map([["net", empty]]), { key: "net" }).size).toBe(0);
    expect(findStateDict(new Map([["state_dict", empty]])).size).toBe(0);
    const trained = new Map([["w", w]]);
    expect([
      ...findStateDict(
        new Map<string, TorchValue>([
          ["state_dict", empty],
          ["model", trained],
        ]),
      ).keys(),
    ]).toEqual(["w"]);
  });

  test("says what there is where there is no state dict", () => {
    expect(() =>
      findStateDict(
        new Map<string, TorchValue>([
          ["epoch", 3],
          ["weights", 4],
        ]),
      ),
    ).toThrow(ValueError);
    expect(() =>
      findStateDict(
        new Map<string, TorchValue>([
          ["epoch", 3],
          ["weights", 4],
        ]),
      ),
    ).toThrow(/keys epoch, weights/);
  });
});

/** Dicts as objects. */
function plain(value: TorchValue | undefined): unknown {
  return value instanceof Map
    ? Object.fromEntries(Array.from(value, ([key, entry]) => [key, plain(entry as TorchValue)]))
    : value;
}
