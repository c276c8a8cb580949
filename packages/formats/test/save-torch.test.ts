import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  encodeTorch,
  type FileDType,
  fileTensor,
  type FileTensor,
  type FileValues,
  OrderedDict,
  readTorch,
  saveTorch,
  type TorchSavable,
  type TorchValue,
  Tuple,
} from "@tapegrad/formats";
import { ValueError, tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asDict, expectValue, fixture, golden } from "./golden.ts";
import { hasTorch, runPython } from "./python.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

describe("what tapegrad saves", () => {
  test("every value of a checkpoint survives reading, writing and reading again", async () => {
    const path = join(folder, "again.pth");
    await saveTorch(path, (await readTorch(fixture("checkpoint_nested_zip.pth"))) as TorchSavable);
    await expectValue(await readTorch(path), golden.checkpoint);
  });

  test("strides, offsets, parameters and shared storages survive too", async () => {
    const again = await readTorch(
      await encodeTorch((await readTorch(fixture("state_dict_legacy.pth"))) as TorchSavable),
    );
    await expectValue(again, golden.state_dict);
    const dict = asDict(again);
    expect((dict.get("shared.a") as FileTensor).storage).toBe((dict.get("shared.b") as FileTensor).storage);
  });

  test("metadata of an OrderedDict survives", async () => {
    const dict = new OrderedDict([["a", 1]]);
    dict.attributes.set("_metadata", new OrderedDict([["", new Map([["version", 2]])]]));
    expect(await readTorch(await encodeTorch(dict))).toEqual(dict);
  });

  test("counters become int64, other int32 tensors stay", async () => {
    const state = new Map([
      ["bn.num_batches_tracked", tensor(Int32Array.of(-7), { shape: [] })],
      ["steps", tensor(Int32Array.of(3))],
    ]);
    const dict = asDict(await readTorch(await encodeTorch(state)));
    expect((dict.get("steps") as FileTensor).dtype).toBe("int32");
    expect(await (dict.get("bn.num_batches_tracked") as FileTensor).values()).toEqual(BigInt64Array.of(-7n));
  });

  test("any nesting of any numbers and texts reads back as it was", async () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.integer(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
      fc.string({ unit: "binary" }),
    );
    const { value } = fc.letrec<{ value: TorchValue; hashable: TorchValue }>((tie) => ({
      hashable: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("hashable"), { maxLength: 3 }).map((items) => new Tuple(items)),
        fc.array(tie("hashable"), { maxLength: 3 }).map((items) => new Set(items)),
      ),
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(tie("hashable"), { maxLength: 4 }).map((items) => new Set(items)),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.array(tie("value"), { maxLength: 4 }).map((items) => new Tuple(items)),
        fc
          .array(
            fc.tuple(fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constant("__proto__")), tie("value")),
            { maxLength: 4 },
          )
          .map((entries) => new Map(entries)),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(value, async (saved) => {
        expect(await readTorch(await encodeTorch(saved as TorchSavable))).toEqual(saved);
      }),
    );
  });

  test.each<[FileDType, FileValues]>([
    ["float16", Float32Array.of(0.5, -0, NaN, 6e-8)],
    ["bfloat16", Float32Array.of(1, -Infinity, 3)],
    ["float32", Float32Array.of(1e-45, -3.4e38)],
    ["float64", Float64Array.of(Math.PI, -0)],
    ["int8", Int8Array.of(-128, 127)],
    ["int16", Int16Array.of(-32768, 32767)],
    ["int32", Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ["int64", BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n)],
    ["uint8", Uint8Array.of(0, 255)],
    ["bool", Uint8Array.of(0, 1)],
  ])("%s values read back bit for bit", async (dtype, values) => {
    const saved = fileTensor(values, [values.length, 1], { dtype });
    const read = (await readTorch(await encodeTorch(saved))) as FileTensor;
    expect(read.dtype).toBe(dtype);
    expect(await read.bytes()).toEqual(await saved.bytes());
  });

  test("what cannot be saved is refused before the file is touched", async () => {
    const path = join(folder, "kept.pth");
    await saveTorch(path, { a: 1 });
    const cyclic: TorchSavable[] = [];
    cyclic.push(cyclic);
    await expect(saveTorch(path, cyclic)).rejects.toThrow(ValueError);
    await expect(saveTorch(path, { f: (() => 1) as never })).rejects.toThrow("saveTorch: cannot save the function f");
    expect(await readTorch(path)).toEqual(new Map([["a", 1]]));
  });

  test.each<[string, TorchValue]>([
    ["list (Array)", []],
    ["dict (Map)", new Map()],
    ["dict (OrderedDict)", new OrderedDict()],
    ["dict (Object)", {} as never],
    ["dict (Object)", Object.create(null) as never],
  ])("a %s in a set is refused, however deep in tuples and sets", async (type, item) => {
    for (const holder of [item, new Tuple([1, item]), new Set([item]), new Tuple([new Set([item])])])
      await expect(encodeTorch({ a: new Set([holder]) } as TorchSavable)).rejects.toThrow(
        new ValueError(`saveTorch: a Set holds a ${type}, which a set in Python cannot`),
      );
    await encodeTorch([new Set([1]), item] as TorchSavable);
  });

  test("a writer that fails leaves the old file and no temporary one", async () => {
    const place = join(folder, "atomic");
    mkdirSync(place);
    const path = join(place, "model.pth");
    await saveTorch(path, { a: 1 });
    const before = readFileSync(path);
    const broken = fileTensor(Float32Array.of(1), [1]);
    broken.storage.locate({ byteLength: 4, read: () => Promise.reject(new Error("the disk is gone")) });
    await expect(saveTorch(path, { broken })).rejects.toThrow("the disk is gone");
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(place)).toEqual(["model.pth"]);
  });
});

describe.skipIf(!hasTorch)("between PyTorch and tapegrad (skipped where Python has no torch)", () => {
  test("torch.load opens what tapegrad saved, bit for bit", async () => {
    const path = join(folder, "ours.pth");
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.fround(Math.sin(i) * 10 ** ((i % 60) - 30)));
    const state = new OrderedDict() as Map<unknown, TorchSavable>;
    state.set("weight", tensor(values, { shape: [10, 100] }));
    state.set("bn.num_batches_tracked", tensor(Int32Array.of(12), { shape: [] }));
    state.set("half", fileTensor(Float32Array.of(1.5, -0), [2], { dtype: "float16" }));
    state.set("empty", tensor([], { shape: [0, 3] }));
    await saveTorch(path, state);
    const printed = await runPython(
      `import sys, torch, json
d = torch.load(sys.argv[1])
print(json.dumps({"type": type(d).__name__, "dtypes": [str(v.dtype) for v in d.values()], "shapes": [list(v.shape) for v in d.values()],
  "bits": d["weight"].flatten().view(torch.int32).tolist(), "count": d["bn.num_batches_tracked"].item(), "half": d["half"].view(torch.int16).tolist()}))`,
      path,
    );
    expect(JSON.parse(printed)).toEqual({
      type: "OrderedDict",
      dtypes: ["torch.float32", "torch.int64", "torch.float16", "torch.float32"],
      shapes: [[10, 100], [], [2], [0, 3]],
      bits: Array.from(new Int32Array(values.buffer)),
      count: 12,
      half: [0x3e00, -0x8000],
    });
  });

  test("a checkpoint that went through tapegrad is equal to the one before", async () => {
    const path = join(folder, "through.pth");
    await saveTorch(path, (await readTorch(fixture("state_dict_zip.pth"))) as TorchSavable);
    const printed = await runPython(
      `import sys, torch
a, b = torch.load(sys.argv[1]), torch.load(sys.argv[2])
assert list(a) == list(b) and type(a) == type(b)
for k in a:
    assert a[k].dtype == b[k].dtype and a[k].stride() == b[k].stride() and type(a[k]) == type(b[k]), k
    assert a[k].requires_grad == b[k].requires_grad, k
    assert a[k].detach().contiguous().numpy().tobytes() == b[k].detach().contiguous().numpy().tobytes() if a[k].dtype != torch.bfloat16 else torch.equal(a[k], b[k]), k
assert b["shared.a"].storage().data_ptr() == b["shared.b"].storage().data_ptr()
print("equal")`,
      fixture("state_dict_zip.pth"),
      path,
    );
    expect(printed).toBe("equal");
  });
});

if (!hasTorch) console.warn("save-torch.test.ts: Python has no torch here; its half of the round trips is skipped");
