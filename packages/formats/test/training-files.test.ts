import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeTorch,
  FileTensor,
  loadTorch,
  PythonName,
  readTorch,
  type TorchSavable,
  type TorchValue,
  Tuple,
} from "@tapegrad/formats";
import { tensor, ValueError } from "@tapegrad/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { hasNumpy, hasTorch, runPython } from "./python.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

const program = `
import argparse, collections, sys, types
import numpy as np, torch

tensor = torch.tensor([1.0, 2.0])
array = np.arange(6, dtype=np.float32).reshape(2, 3)
checkpoint = {
  "state_dict": collections.OrderedDict(weight=tensor),
  "args": argparse.Namespace(lr=0.1, layers=[1, 2], device=torch.device("cuda:1"), __proto__="x"),
  "more": types.SimpleNamespace(seed=np.int64(7)),
  "scalars": [np.float32(1.5), np.float64(0.1), np.int64(2**60), np.uint8(255), np.bool_(True), np.float16(-2)],
  "arrays": [array, np.asfortranarray(array), np.array([1, -2], ">i4"), np.array(3.5), np.zeros((0, 3), np.float16),
             np.array([True, False]), np.array([2**60], np.int64)],
  "shared": [array, array],
  "sets": [{1, 2}, frozenset(["a", (1, "b")]), set()],
  "counts": collections.Counter("aab"),
  "default": collections.defaultdict(list, a=[1]),
  "nested": collections.defaultdict(dict, {np.int64(3): collections.defaultdict(None)}),
  "device": torch.device("cpu"),
  "dtypes": [torch.float32, torch.bfloat16, torch.complex64],
  "bytes": [b"ab\\xff\\x00", b"", bytearray(b"xyz")],
  "numpy_rng": np.random.get_state(),
  "torch_rng": torch.get_rng_state(),
}
for protocol in (2, 3, 4, 5):
  torch.save(checkpoint, sys.argv[1] + f"/{protocol}.pth", pickle_protocol=protocol)
torch.save(checkpoint, sys.argv[1] + "/legacy.pth", _use_new_zipfile_serialization=False)
`;

const dict = (value: TorchValue | undefined): ReadonlyMap<unknown, TorchValue> => {
  expect(value).toBeInstanceOf(Map);
  return value as ReadonlyMap<unknown, TorchValue>;
};

async function plain(value: TorchValue): Promise<unknown> {
  if (value instanceof FileTensor) return { dtype: value.dtype, shape: value.shape, values: await value.values() };
  if (value instanceof Tuple) return Promise.all(value.items.map(plain));
  return Array.isArray(value) ? Promise.all((value as TorchValue[]).map(plain)) : value;
}

describe.skipIf(!hasTorch || !hasNumpy)(
  "what training scripts save beside their tensors (skipped without PyTorch)",
  () => {
    beforeAll(async () => void (await runPython(program, folder)));

    test.each(["2", "3", "4", "5", "legacy"])("is read from protocol %s", async (name) => {
      const file = join(folder, `${name}.pth`);
      const checkpoint = dict(await readTorch(file));
      const args = dict(checkpoint.get("args"));
      expect([...args]).toEqual([
        ["lr", 0.1],
        ["layers", [1, 2]],
        ["device", "cuda:1"],
        ["__proto__", "x"],
      ]);
      expect([...dict(checkpoint.get("more"))]).toEqual([["seed", 7]]);
      expect(checkpoint.get("scalars")).toEqual([1.5, 0.1, 2n ** 60n, 255, true, -2]);
      expect(await plain(checkpoint.get("arrays")!)).toEqual([
        { dtype: "float32", shape: [2, 3], values: Float32Array.of(0, 1, 2, 3, 4, 5) },
        { dtype: "float32", shape: [2, 3], values: Float32Array.of(0, 1, 2, 3, 4, 5) },
        { dtype: "int32", shape: [2], values: Int32Array.of(1, -2) },
        { dtype: "float64", shape: [], values: Float64Array.of(3.5) },
        { dtype: "float16", shape: [0, 3], values: new Float32Array() },
        { dtype: "bool", shape: [2], values: Uint8Array.of(1, 0) },
        { dtype: "int64", shape: [1], values: BigInt64Array.of(2n ** 60n) },
      ]);
      const [first, again] = checkpoint.get("shared") as TorchValue[];
      expect(first).toBeInstanceOf(FileTensor);
      expect(again).toBe(first);
      const [numbers, mixed, empty] = checkpoint.get("sets") as ReadonlySet<TorchValue>[];
      expect(numbers).toEqual(new Set([1, 2]));
      expect(await Promise.all([...mixed!].map(plain))).toEqual(expect.arrayContaining(["a", [1, "b"]]));
      expect(empty).toEqual(new Set());
      expect([...dict(checkpoint.get("counts"))]).toEqual([
        ["a", 2],
        ["b", 1],
      ]);
      expect([...dict(checkpoint.get("default"))]).toEqual([["a", [1]]]);
      expect([...dict(checkpoint.get("nested"))]).toEqual([[3, new Map()]]);
      expect(checkpoint.get("device")).toBe("cpu");
      expect(checkpoint.get("dtypes")).toEqual(["torch.float32", "torch.bfloat16", "torch.complex64"]);
      expect(checkpoint.get("bytes")).toEqual([
        Uint8Array.of(97, 98, 255, 0),
        new Uint8Array(),
        Uint8Array.of(120, 121, 122),
      ]);
      const [kind, state] = (checkpoint.get("numpy_rng") as Tuple).items;
      expect([kind, (state as FileTensor).dtype, (state as FileTensor).shape]).toEqual(["MT19937", "uint32", [624]]);
      expect([...(await loadTorch(file))].map(([key, { shape }]) => [key, shape])).toEqual([["weight", [2]]]);
    });

    test.each(["2", "3", "4", "5"])(
      "functions and classes that are referred to come as their names, from protocol %s",
      async (protocol) => {
        const file = join(folder, `names-${protocol}.pth`);
        const program = `
import sys, collections, torch
from torch.optim import SGD, lr_scheduler
from torch.optim.swa_utils import SWALR
optimizer = SGD([torch.nn.Parameter(torch.ones(2))], lr=0.1)
cycle = lr_scheduler.OneCycleLR(optimizer, 0.5, total_steps=9)
value = {"swa": SWALR(optimizer, 0.1).state_dict(), "cycle": cycle.state_dict(), "model": torch.nn.Linear, "keys": {torch.nn.Linear: 1},
         "default": collections.defaultdict(torch.nn.Linear), "weight": torch.ones(2)}
torch.save(value, sys.argv[1], pickle_protocol=${protocol})`;
        await runPython(program, file);
        const read = dict(await readTorch(file));
        const names = [
          dict(read.get("swa")).get("anneal_func"),
          dict(read.get("cycle")).get("anneal_func"),
          read.get("model"),
        ];
        expect(names.map(String)).toEqual([
          "torch.optim.swa_utils.SWALR._cosine_anneal",
          "torch.optim.lr_scheduler.OneCycleLR._annealing_cos",
          "torch.nn.modules.linear.Linear",
        ]);
        for (const name of names) expect(name).toBeInstanceOf(PythonName);
        expect([...dict(read.get("keys")).keys()].map(String)).toEqual(["torch.nn.modules.linear.Linear"]);
        await expect(encodeTorch(read as never)).rejects.toThrow(
          new ValueError(
            "saveTorch: cannot save torch.optim.swa_utils.SWALR._cosine_anneal, of which a checkpoint held the name only; leave it out, as a schedule's own stateDict() does",
          ),
        );
      },
    );

    test("complex numbers, and numpy's text and objects, stay refused", async () => {
      for (const value of [
        "1 + 2j",
        "np.complex64(1)",
        "np.array(['a'])",
        "np.array([None])",
        "np.array([(1, 2)], 'i4,i4')",
      ]) {
        const file = join(folder, "refused.pth");
        await runPython(`import sys, torch, numpy as np\ntorch.save([${value}], sys.argv[1])`, file);
        await expect(readTorch(file)).rejects.toThrow(/refused/);
      }
    });

    test("sets that are saved are sets in PyTorch", async () => {
      const file = join(folder, "sets.pth");
      writeFileSync(file, await encodeTorch(new Map([["a", new Set([1, "x"])]])));
      expect(await runPython("import sys, torch; print(torch.load(sys.argv[1])['a'] == {1, 'x'})", file)).toBe("True");
    });

    test("sets within sets are saved as frozensets, in tuples too, and tensors as themselves", async () => {
      const file = join(folder, "nested-sets.pth");
      const nested = new Set<TorchSavable>([new Set([1, new Set(["y"])]), new Tuple([2, new Set([3])]), tensor([4])]);
      writeFileSync(file, await encodeTorch([nested, new Tuple([new Set([5])])]));
      const check = `
import sys, torch
nested, (plain,) = torch.load(sys.argv[1])
[four] = [item for item in nested if isinstance(item, torch.Tensor)]
print(four.tolist(), nested - {four} == {frozenset([1, frozenset("y")]), (2, frozenset([3]))}, type(plain).__name__)`;
      expect(await runPython(check, file)).toBe("[4.0] True set");
    });

    test("sets that PyTorch saved are saved again as they were", async () => {
      const file = join(folder, "sets-again.pth");
      const sets = "[{frozenset([1, frozenset('y')]), (2, frozenset([3]))}, {frozenset()}, set()]";
      await runPython(`import sys, torch\ntorch.save(${sets}, sys.argv[1])`, file);
      writeFileSync(file, await encodeTorch((await readTorch(file)) as TorchSavable));
      expect(await runPython(`import sys, torch; print(torch.load(sys.argv[1]) == ${sets})`, file)).toBe("True");
      await runPython("import sys, torch; torch.save({torch.ones(2)}, sys.argv[1])", file);
      const [one] = (await readTorch(file)) as ReadonlySet<FileTensor>;
      expect(await one!.values()).toEqual(Float32Array.of(1, 1));
    });
  },
);
