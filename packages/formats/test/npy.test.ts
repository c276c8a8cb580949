import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodeNpy,
  type FileDType,
  fileTensor,
  type FileValues,
  readNpy,
  readNpz,
  saveNpy,
  saveNpz,
} from "@tapegrad/formats";
import { DTypeError, FormatError, tensor } from "@tapegrad/tensor";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { fixture } from "./golden.ts";
import { hasNumpy, runPython } from "./python.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();
const eighths = Float32Array.from({ length: 24 }, (_, i) => i / 8);

describe("numpy's files", () => {
  test("C order, Fortran order and a scalar", async () => {
    const c = await readNpy(fixture("f32_c.npy"));
    expect([c.dtype, c.shape, await c.values()]).toEqual(["float32", [4, 6], eighths]);
    const fortran = await readNpy(fixture("f64_fortran.npy"));
    expect([fortran.dtype, fortran.shape, fortran.stride, await fortran.values()]).toEqual([
      "float64",
      [4, 6],
      [1, 4],
      Float64Array.from(eighths),
    ]);
    const scalar = await readNpy(fixture("i64_scalar.npy"));
    expect([scalar.dtype, scalar.shape, await scalar.values()]).toEqual(["int64", [], BigInt64Array.of(7n)]);
  });

  test("an archive of two", async () => {
    const arrays = await readNpz(fixture("two.npz"));
    expect([...arrays.keys()].sort()).toEqual(["b", "w"]);
    expect(await arrays.get("w")!.values()).toEqual(eighths);
    expect(await arrays.get("b")!.values()).toEqual(BigInt64Array.of(0n, 1n, 2n));
  });

  test("big-endian values come as the same numbers", async () => {
    const little = await encodeNpy(fileTensor(Int16Array.of(1, -2, 300), [3]));
    const big = little.map((byte, i) => (i < little.length - 6 ? byte : little[i ^ 1]!));
    const swapped = Uint8Array.from(big);
    swapped[little.indexOf("<".charCodeAt(0))] = ">".charCodeAt(0);
    expect(await (await readNpy(swapped)).values()).toEqual(Int16Array.of(1, -2, 300));
  });
});

describe("what tapegrad saves", () => {
  test.each<[FileDType, FileValues]>([
    ["float16", Float32Array.of(0.5, -0)],
    ["float32", Float32Array.of(1e-45, NaN)],
    ["float64", Float64Array.of(Math.PI, -Infinity)],
    ["int8", Int8Array.of(-128, 127)],
    ["int16", Int16Array.of(-32768, 32767)],
    ["int32", Int32Array.of(-(2 ** 31), 7)],
    ["int64", BigInt64Array.of(-(2n ** 63n), 7n)],
    ["uint8", Uint8Array.of(0, 255)],
    ["uint16", Uint16Array.of(0, 65535)],
    ["uint32", Uint32Array.of(0, 2 ** 32 - 1)],
    ["uint64", BigUint64Array.of(0n, 2n ** 64n - 1n)],
    ["bool", Uint8Array.of(0, 1)],
  ])("%s reads back bit for bit", async (dtype, values) => {
    const saved = fileTensor(values, [1, 2], { dtype });
    const read = await readNpy(await encodeNpy(saved));
    expect([read.dtype, read.shape, await read.bytes()]).toEqual([dtype, [1, 2], await saved.bytes()]);
  });

  test("an archive reads back under its names", async () => {
    const path = join(folder, "ours.npz");
    await saveNpz(
      path,
      new Map([
        ["w", tensor([[1, 2]])],
        ["__proto__", tensor(Int32Array.of(3))],
      ]),
    );
    const arrays = await readNpz(path);
    expect(await arrays.get("w")!.values()).toEqual(Float32Array.of(1, 2));
    expect(await arrays.get("__proto__")!.values()).toEqual(Int32Array.of(3));
  });

  test("an archive of a plain object holds its arrays; what is no tensor is refused", async () => {
    const path = join(folder, "plain.npz");
    await saveNpz(path, { w: tensor([1, 2]) });
    expect(await (await readNpz(path)).get("w")!.values()).toEqual(Float32Array.of(1, 2));
    for (const wrong of [
      undefined,
      null,
      5,
      "x",
      [1],
      new Float32Array(1),
      { w: 1 },
      { w: null },
      new Map([["w", {}]]),
    ])
      await expect(saveNpz(path, wrong as never)).rejects.toThrow(
        /^saveNpz: (expected tensors under|"w" must be a tensor)/,
      );
    expect([...(await readNpz(path)).keys()]).toEqual(["w"]);
    await expect(encodeNpy(null as never)).rejects.toThrow("saveNpy: array must be a tensor, got null");
  });

  test("bfloat16 is refused: numpy has none", async () => {
    await expect(
      saveNpy(join(folder, "b.npy"), fileTensor(Float32Array.of(1), [1], { dtype: "bfloat16" })),
    ).rejects.toThrow(DTypeError);
  });
});

test("a header is understood in any spelling of the same", async () => {
  const npy = (header: string, data: number): Uint8Array =>
    Uint8Array.from([
      ...Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\x00${header}`, "latin1"),
      ...new Uint8Array(data),
    ]);
  const shapeOf = async (shape: string, count: number): Promise<readonly number[]> =>
    (await readNpy(npy(`{ 'shape':${shape} ,'fortran_order' : False,\n'descr':'|u1'}\n`, count))).shape;
  expect(await shapeOf("()", 1)).toEqual([]);
  expect(await shapeOf("( 3 , )", 3)).toEqual([3]);
  expect(await shapeOf("(2L, 3L,)", 6)).toEqual([2, 3]);
  for (const shape of ["(3)", "(,)", "(3,,)", "(3 3)", "(3,", "3", "(-3,)", "[3]"])
    await expect(shapeOf(shape, 3)).rejects.toThrow(/not understood/);
  await expect(readNpy(npy(`{'descr': '|u1'}${" ".repeat(80)}x`, 0))).rejects.toThrow(/not understood/);
});

test("arrays of text and records in an archive leave the others readable; damage to stored ones is seen", async () => {
  const npy = (descr: string, data: Uint8Array): Uint8Array => {
    const header = `{'descr': ${descr}, 'fortran_order': False, 'shape': (1,), }`.padEnd(117);
    return Uint8Array.from([...Buffer.from(`\x93NUMPY\x01\x00v\x00${header}\n`, "latin1"), ...data]);
  };
  const archive = zipSync(
    {
      "text.npy": npy("'<U1'", Uint8Array.of(97, 0, 0, 0)),
      "records.npy": npy("[('a', '<i4'), ('b', '<f4')]", new Uint8Array(8)),
      "numbers.npy": npy("'<i2'", Uint8Array.of(7, 0)),
    },
    { level: 0 },
  );
  const arrays = await readNpz(archive);
  expect(await arrays.get("numbers")!.values()).toEqual(Int16Array.of(7));
  expect([arrays.get("text")!.dtype, await arrays.get("text")!.bytes()]).toEqual([
    "unknown",
    Uint8Array.of(97, 0, 0, 0),
  ]);
  await expect(arrays.get("text")!.values()).rejects.toThrow(/"<U1".*not read/);
  await expect(arrays.get("records")!.values()).rejects.toThrow(FormatError);
  archive[Buffer.from(archive).indexOf("'<i2'") - 21 + 128] = 9;
  await expect(readNpz(archive).then((again) => again.get("numbers")!.values())).rejects.toThrow(
    /checksum does not match/,
  );
  await expect(
    readNpz(zipSync({ a: npy("'|u1'", Uint8Array.of(1)), "a.npy": npy("'|u1'", Uint8Array.of(1)) })),
  ).rejects.toThrow(/array "a" comes twice/);
});

describe("an npy file is refused", () => {
  const npy = (header: string, data = 0): Uint8Array => {
    const text = `\x93NUMPY\x01\x00${String.fromCharCode(header.length & 255, header.length >> 8)}${header}`;
    return Uint8Array.from([...Buffer.from(text, "latin1"), ...new Uint8Array(data)]);
  };

  test.each([
    [
      "if it holds objects",
      npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 8),
      /"\|O".*pickled objects/,
    ],
    ["if it is complex", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", 8), /"<c8"/],
    [
      "if the header calls something",
      npy("{'descr': __import__('os'), 'fortran_order': False, 'shape': (1,), }"),
      /not understood/,
    ],
    ["if it is truncated", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", 8), /needs 12 bytes/],
    [
      "if the shape overflows",
      npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (${"9".repeat(300)}, 9), }`, 8),
      /needs|elements/,
    ],
    [
      "if the shape is negative",
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 4),
      /not understood/,
    ],
    ["if a field comes twice", npy("{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }", 4), /not understood/],
  ])("%s", async (_, file, reason) => {
    await expect(readNpy(file)).rejects.toThrow(FormatError);
    await expect(readNpy(file)).rejects.toThrow(reason);
  });
});

describe.skipIf(!hasNumpy)("between numpy and tapegrad (skipped where Python has no numpy)", () => {
  test("numpy opens what tapegrad saved", async () => {
    await saveNpy(join(folder, "a.npy"), tensor([[1.5, -2]]));
    await saveNpz(join(folder, "a.npz"), new Map([["x", fileTensor(BigInt64Array.of(2n ** 60n), [1, 1])]]));
    const printed = await runPython(
      "import sys, numpy; a = numpy.load(sys.argv[1]); x = numpy.load(sys.argv[2])['x']; print(a.dtype, a.tolist(), x.dtype, x.tolist())",
      join(folder, "a.npy"),
      join(folder, "a.npz"),
    );
    expect(printed).toBe(`float32 [[1.5, -2.0]] int64 [[${2n ** 60n}]]`);
  });

  test("every dtype, order and version that numpy writes, compressed too", async () => {
    await runPython(
      `import sys, numpy as np
a = np.arange(24).reshape(2, 3, 4)
arrays = {}
for code in ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', '?']:
    for order in '<>':
        for layout in 'CF':
            arrays[f"{order}{code}{layout}".replace('<', 'l').replace('>', 'b').replace('?', 'q')] = np.array(a.astype(np.dtype(order + code)), order=layout)
np.savez_compressed(sys.argv[1], **arrays)
with open(sys.argv[2], 'wb') as f: np.lib.format.write_array(f, a.astype('>f4'), version=(2, 0))`,
      join(folder, "all.npz"),
      join(folder, "v2.npy"),
    );
    const arrays = await readNpz(join(folder, "all.npz"));
    expect(arrays.size).toBe(48);
    for (const [name, array] of arrays) {
      const values = Array.from((await array.values()) as ArrayLike<number | bigint>, Number);
      expect([name, array.shape, values]).toEqual([
        name,
        [2, 3, 4],
        Array.from({ length: 24 }, (_, i) => (name.includes("q") ? Number(i > 0) : i)),
      ]);
    }
    expect(await (await readNpy(join(folder, "v2.npy"))).values()).toEqual(
      Float32Array.from({ length: 24 }, (_, i) => i),
    );
  });

  test("a compressed archive whose data was damaged is refused", async () => {
    const path = join(folder, "damaged.npz");
    await runPython("import sys, numpy as np; np.savez_compressed(sys.argv[1], a=np.arange(100000) % 97)", path);
    const file = readFileSync(path);
    file[2000]! ^= 0xff;
    writeFileSync(path, file);
    const reading = readNpz(path).then((arrays) => arrays.get("a")!.values());
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(/damaged\.npz: zip entry a\.npy .*(damaged|inflates)/);
  });
});
