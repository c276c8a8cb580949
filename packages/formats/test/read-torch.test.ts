import { readFileSync } from "node:fs";
import {
  encodeTorch,
  FileTensor,
  fileTensor,
  findStateDict,
  loadTorch,
  readTorch,
  type TorchValue,
  Tuple,
} from "@tapegrad/formats";
import { FormatError, ValueError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { int, pickleOf, type PicklePart, tensorOf, text, zipCheckpoint } from "./checkpoint-bytes.ts";
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

describe("what is odd leaves the rest readable", () => {
  test("keys that are tuples, bytes or tensors, which are saved again too", async () => {
    const pickle = pickleOf("}(", int(1), int(2), 0x86, text("pair"), "C", 1, 7, 0x88, text("w"), tensorOf(), "u");
    const read = async (file: Uint8Array): Promise<unknown[]> =>
      [...(asDict(await readTorch(file)) as ReadonlyMap<unknown, unknown>)].map(([key]) => key);
    expect(await read(await zipCheckpoint(pickle))).toEqual([new Tuple([1, 2]), Uint8Array.of(7), "w"]);
    expect(await read(await encodeTorch(new Map([[new Tuple([1, "a"]), 3]])))).toEqual([new Tuple([1, "a"])]);
    await expect(encodeTorch(new Map([[[1], 3]]))).rejects.toThrow(
      "saveTorch: a key of a dict holds a list (Array), which one in Python cannot",
    );
  });

  test("a complex tensor, an 8-bit one and an unsigned one of newer versions", async () => {
    const storage = ["((", text("storage"), "ctorch.storage\nUntypedStorage\n", text("1"), text("cpu"), int(4), "tQ"];
    const typed = (dtype: string, count: number): PicklePart[] => [
      ...["ctorch._utils\n_rebuild_tensor_v3\n", ...storage, int(0), "(", int(count), "t(", int(1), "t"],
      ...[0x89, "ccollections\nOrderedDict\n)R", `ctorch\n${dtype}\ntR`],
    ];
    const parts = [
      ...["(", tensorOf({ storage: "ComplexFloatStorage" })],
      ...[...typed("float8_e4m3fn", 4), ...typed("uint16", 2), ...typed("float8_e8m0fnu", 4), "l"],
    ];
    const file = await zipCheckpoint(pickleOf(...parts), { 0: new Uint8Array(8), 1: Uint8Array.of(0x38, 0xc0, 1, 2) });
    const [complex, narrow, wide, unread] = (await readTorch(file)) as readonly FileTensor[];
    expect([complex!.dtype, complex!.dtypeName, complex!.byteLength]).toEqual(["unknown", "complex64", 8]);
    await expect(complex!.values()).rejects.toThrow(
      /complex64 tensor \[1\] of storage "0" is of a dtype that is not read/,
    );
    expect(await narrow!.values()).toEqual(Float32Array.of(1, -2, 2 ** -9, 2 ** -8));
    expect(await wide!.values()).toEqual(Uint16Array.of(0xc038, 0x0201));
    expect(await unread!.bytes()).toEqual(Uint8Array.of(0x38, 0xc0, 1, 2));
  });
});

test("parameters that were frozen come back frozen", async () => {
  for (const requiresGrad of [false, true]) {
    const { storage } = fileTensor(Float32Array.of(1), [1]);
    const parameter = new FileTensor(storage, { shape: [1], isParameter: true, requiresGrad });
    const again = (await readTorch(await encodeTorch(parameter))) as FileTensor;
    expect([again.isParameter, again.requiresGrad]).toEqual([true, requiresGrad]);
  }
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
