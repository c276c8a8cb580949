import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type FileTensor, loadTorch, readTorch } from "@tapegrad/formats";
import { FormatError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { int, legacyCheckpoint, pickleOf, type PicklePart, tensorOf, text, zipCheckpoint } from "./checkpoint-bytes.ts";

async function expectRefusal(reading: Promise<unknown>, reason: RegExp): Promise<void> {
  await expect(reading).rejects.toThrow(FormatError);
  await expect(reading).rejects.toThrow(reason);
  await expect(reading).rejects.toThrow(/^bytes: /);
}

const repeat = (count: number, ...bytes: readonly number[]): number[] =>
  Array.from({ length: count * bytes.length }, (_, i) => bytes[i % bytes.length]!);

/** Integers beyond 2^20 that V8 would put into one bucket of a table for as many keys. */
function collidingIntegers(count: number): number[] {
  const hash = (key: number): number => {
    let bits = (~key + (key << 15)) | 0;
    bits ^= bits >>> 12;
    bits = (bits + (bits << 2)) | 0;
    bits = Math.imul(bits ^ (bits >>> 4), 2057);
    return bits ^ (bits >>> 16);
  };
  const found: number[] = [];
  for (let key = 2 ** 20; found.length < count; key++) if ((hash(key) & 0x3ff) === 0) found.push(key);
  return found;
}

/** `1 + (2 + i) · 2^64` in a pickle: V8 hashes the lower 64 bits. */
function bigInteger(i: number): number[] {
  return [0x8a, 11, 1, 0, 0, 0, 0, 0, 0, 0, (2 + i) & 255, (2 + i) >> 8, 0];
}

/** A tensor up to its backward hooks. */
const withoutHooks = tensorOf().slice(0, -"ccollections\nOrderedDict\n)RtR".length);

describe("a pickle that would run something is refused by name", () => {
  test.each([
    ["os.system", pickleOf("cos\nsystem\n(", text("true"), "tR"), /the global "os\.system"/],
    ["a global that is named but never called", pickleOf("c__builtin__\neval\n"), /the global "__builtin__\.eval"/],
    ["a global by STACK_GLOBAL", pickleOf(text("builtins"), text("exec"), 0x93), /the global "builtins\.exec"/],
    [
      "a relative of a known global",
      pickleOf("ctorch._utils\n_rebuild_tensor_v2.__globals__\n"),
      /_rebuild_tensor_v2\.__globals__/,
    ],
    ["Object's own names", pickleOf("ctorch\nconstructor\n"), /"torch\.constructor"/],
    ["a storage that is none", pickleOf("ctorch\nTextStorage\n"), /"torch\.TextStorage"/],
    ["INST", pickleOf("(ios\nsystem\n"), /opcode INST/],
    ["OBJ", pickleOf("(o"), /opcode OBJ/],
    ["NEWOBJ", pickleOf("ccollections\nOrderedDict\n)", 0x81), /opcode NEWOBJ/],
    ["EXT1", pickleOf(0x82, 1), /opcode EXT1/],
    ["a persistent id in text", pickleOf("P0\n"), /opcode PERSID/],
    ["an unknown opcode", pickleOf(0xff), /opcode 0xff/],
    ["calling a storage class", pickleOf("ctorch\nFloatStorage\n)R"), /calls torch\.FloatStorage/],
    ["calling text", pickleOf(text("os.system"), ")R"), /calls something that is no known global/],
    ["a persistent id that is no storage", pickleOf("(", text("module"), text("x"), "tQ"), /no storage but "module"/],
    ["the state of a plain dict", pickleOf("}}b"), /state of something other than an OrderedDict/],
    ["backward hooks", pickleOf(withoutHooks, "}(", text("h"), text("x"), "utR"), /carries backward hooks/],
    ["a global as a value", pickleOf("ctorch\nFloatStorage\n"), /bare global/],
    ["a suspect global within a dict", pickleOf("}", text("f"), "cos\nsystem\ns"), /the global "os\.system"/],
    ["a call of a name", pickleOf("}", text("f"), "cnumpy\nload\n)Rs"), /the global "numpy\.load"/],
    ["an object of a class that was only named", pickleOf("c__main__\nNet\n)", 0x81), /the global "__main__\.Net"/],
    ["the state of a name", pickleOf("c__main__\nNet\n}b"), /the global "__main__\.Net"/],
    ["an endless name", pickleOf("}", text("f"), `c${"a".repeat(300)}\nb\ns`), /the global "aaa/],
    ["a name that is none", pickleOf("}", text("f"), "ca b\nc\ns"), /the global "a b\.c"/],
    [
      "a schedule as a value",
      pickleOf("ctorch.optim.swa_utils\nSWALR\n)", 0x81),
      /swa_utils\.SWALR.*whole optimizers or schedules/,
    ],
    [
      "a schedule made of something",
      pickleOf("ctorch.optim.swa_utils\nSWALR\n(K\x01t", 0x81),
      /swa_utils\.SWALR.*whole optimizers or schedules/,
    ],
    ["getattr of text", pickleOf("c__builtin__\ngetattr\n", text("x"), text("y"), 0x86, "R"), /calls getattr/],
    [
      "getattr of another name",
      pickleOf("c__builtin__\ngetattr\ncnumpy\nndarray\n", text("tofile"), 0x86, "R"),
      /calls getattr/,
    ],
    [
      "getattr of a name of Python's own",
      pickleOf("c__builtin__\ngetattr\nctorch.optim.sgd\nSGD\n", text("__globals__"), 0x86, "R"),
      /calls getattr/,
    ],
    [
      "a call of what getattr gave",
      pickleOf("c__builtin__\ngetattr\nctorch.optim.sgd\nSGD\n", text("step"), 0x86, "R)R"),
      /the global "torch\.optim\.sgd\.SGD\.step"/,
    ],
    ["protocol 6", Uint8Array.from([0x80, 6, 0x4e]), /protocol 6/],
  ])("%s", async (_, pickle, reason) => {
    await expectRefusal(readTorch(await zipCheckpoint(pickle)), reason);
  });

  test("keys such as __proto__ and constructor are keys and nothing else", async () => {
    const entries = ["__proto__", "constructor", "toString"].flatMap((key) => [
      ...text(key),
      0x7d,
      0x28,
      ...text("polluted"),
      0x88,
      0x75,
    ]);
    const dict = (await readTorch(await zipCheckpoint(pickleOf("}(", entries, "u")))) as Map<string, unknown>;
    expect([...dict.keys()]).toEqual(["__proto__", "constructor", "toString"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect((Map.prototype as unknown as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("a pickle that would exhaust the machine is refused", () => {
  test.each([
    ["a list that holds itself", pickleOf("]q", 0, "h", 0, "a"), /cyclic/],
    ["a dict that holds itself through a tuple", pickleOf("}q", 0, text("x"), "h", 0, 0x85, "s"), /cyclic/],
    [
      "metadata that holds its dict",
      pickleOf("ccollections\nOrderedDict\n)Rq", 0, "}", text("_metadata"), "h", 0, "sb"),
      /cyclic/,
    ],
    ["ten thousand lists in each other", pickleOf(repeat(10_000, 0x5d), repeat(9_999, 0x61)), /more than 200 deep/],
    ["ten thousand tuples in each other", pickleOf("N", repeat(10_000, 0x85)), /more than 200 deep/],
    [
      "a billion laughs",
      pickleOf(text("ha"), repeat(40, 0x32, 0x86)),
      /reached by the values of its pickle, each counted as often/,
    ],
    ["a text longer than the file", pickleOf("X", [255, 255, 255, 255]), /wants 4294967295 bytes/],
    ["a text of 2^63 bytes", pickleOf(0x8d, [0, 0, 0, 0, 0, 0, 0, 128]), /wants 9223372036854776000 bytes/],
    ["an integer of 2^31 bytes", pickleOf(0x8b, [255, 255, 255, 127]), /integer of 2147483647 bytes/],
    ["a negative length", pickleOf("T", [255, 255, 255, 255]), /negative length, -1/],
    ["an empty stack", pickleOf("0"), /empty stack/],
    ["a missing mark", pickleOf("t"), /lacks a mark/],
    ["a value never remembered", pickleOf("h", 7), /recalls value 7/],
    ["values left over", pickleOf("NN"), /left over/],
    ["a key without value", pickleOf("}(Nu"), /key but no value/],
    ["a list as a key", pickleOf("}(]Nu"), /whose key is none that dicts hold/],
    ["a global whose name never ends", pickleOf("c", repeat(5000, 0x61)), /endless name/],
    ["text that is no UTF-8", pickleOf("X", [2, 0, 0, 0, 0xff, 0xfe]), /not UTF-8/],
  ])("%s", async (_, pickle, reason) => {
    await expectRefusal(readTorch(await zipCheckpoint(pickle)), reason);
  });

  // By default a hundred times as many are too many.
  test.each([
    ["lists", pickleOf("(", repeat(20_000, 0x5d), "l"), /by what its pickle makes/],
    ["values on the stack", pickleOf("N", repeat(100_000, 0x32)), /by the stack of its pickle/],
    ["marks", pickleOf(repeat(100_000, 0x28)), /by the stack of its pickle/],
    ["steps", pickleOf(repeat(100_000, 0x4e, 0x30)), /by what its pickle makes/],
    ["values remembered", pickleOf("N", repeat(20_000, 0x94)), /by what its pickle remembers/],
    [
      "long integers",
      pickleOf("(", repeat(200, 0x8b, 0, 4, 0, 0, ...repeat(1024, 0x55)), "l"),
      /by what its pickle makes/,
    ],
    [
      "whole numbers whose hashes collide in V8",
      pickleOf(
        "}(",
        collidingIntegers(200).flatMap((key) => [...int(key), 0x4e]),
        "u",
      ),
      /by what its pickle makes/,
    ],
    [
      "bigints whose hashes collide in V8",
      pickleOf(0x8f, "(", Array.from({ length: 200 }, (_, i) => bigInteger(i)).flat(), 0x90),
      /by what its pickle makes/,
    ],
  ])("too many %s", async (_, pickle, reason) => {
    await expectRefusal(readTorch(await zipCheckpoint(pickle), { budgetBytes: 2 ** 20 }), reason);
  });

  test("calls that copy a long list again and again", async () => {
    const pairs = repeat(60_000, ...[0x4b, 1, 0x4e, 0x86]);
    const pickle = pickleOf(
      "](",
      pairs,
      "eq",
      0,
      "0(",
      repeat(40, ...pickleOf("ccollections\nOrderedDict\nh", 0, 0x85, "R").slice(2)),
      "l",
    );
    await expectRefusal(readTorch(await zipCheckpoint(pickle)), /makes more of itself/);
  });
});

describe("what numpy and Python's classes make is checked", () => {
  /** `numpy.dtype(code, False, True)` with a byte order. */
  const dtype = (code = "f4", order = "<"): number[] => [
    ...pickleOf(
      "cnumpy\ndtype\n",
      text(code),
      0x89,
      0x88,
      0x87,
      "R(",
      int(3),
      text(order),
      "NNN",
      int(-1),
      int(-1),
      int(0),
      "tb",
    ).slice(2),
  ];
  const encode = (content: string): number[] => [
    ...pickleOf("c_codecs\nencode\n", text(content), text("latin1"), 0x86, "R").slice(2),
  ];
  const unfilled = [
    ...pickleOf("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n", int(0), 0x85, encode("b"), "tR").slice(2),
  ];
  const array = (shape: readonly (number | bigint)[], bytes: string, type: PicklePart = dtype()): Uint8Array =>
    pickleOf(unfilled, "(", int(1), "(", shape.flatMap(int), "t", type, 0x89, encode(bytes), "tb");
  const scalar = (type: readonly number[], bytes: string): Uint8Array =>
    pickleOf("cnumpy.core.multiarray\nscalar\n", type, encode(bytes), 0x86, "R");

  test("a sound one is read", async () => {
    const read = (await readTorch(await zipCheckpoint(array([2], "\0\0\x80?\0\0\0@")))) as FileTensor;
    expect(await read.values()).toEqual(Float32Array.of(1, 2));
    // POP drops a value, or a mark.
    expect(await readTorch(await zipCheckpoint(pickleOf(int(1), int(2), "0")))).toBe(1);
    expect(await readTorch(await zipCheckpoint(pickleOf(int(1), "(0")))).toBe(1);
    expect(await readTorch(await zipCheckpoint(scalar(dtype("i2", ">"), "\x01\x02")))).toBe(258);
  });

  test.each([
    ["an array of too few bytes", array([3], "\0\0\x80?"), /array of 4 bytes, where 3 float32 take 12/],
    ["an array of negative size", array([-1], ""), /has -1 elements/],
    ["an array of 2^62 elements", array([2 ** 31, 2 ** 31], ""), /elements/],
    ["an array of 65 axes", array(repeat(65, 1), "\0\0\0\0"), /at most 64 integers/],
    [
      "an array of objects",
      array([1], "\0", pickleOf("cnumpy\ndtype\n", text("O8"), 0x89, 0x88, 0x87, "R").slice(2)),
      /dtype "O8" are not read/,
    ],
    ["an array without state", pickleOf(unfilled), /bare global, storage or numpy dtype/],
    ["an array whose state is another's", pickleOf(unfilled, unfilled, "b"), /numpy array that is not understood/],
    [
      "an array without dtype",
      pickleOf(unfilled, "(", int(1), "(t", text("f4"), 0x89, encode(""), "tb"),
      /not understood/,
    ],
    ["a dtype as a value", pickleOf(dtype()), /bare global, storage or numpy dtype/],
    [
      "a dtype with fields",
      pickleOf("cnumpy\ndtype\n", text("f4"), 0x89, 0x88, 0x87, "R(", int(3), text("<"), "N)}tb"),
      /dtype that is not understood/,
    ],
    ["a scalar of too many bytes", scalar(dtype(), "\0\0\0\0\0"), /numpy float32 of 5 bytes/],
    [
      "_reconstruct of another class",
      pickleOf("cnumpy.core.multiarray\n_reconstruct\n(ccollections\nOrderedDict\n", int(0), 0x85, encode("b"), "tR"),
      /_reconstruct with wrong arguments/,
    ],
    ["a call of ndarray", pickleOf("cnumpy\nndarray\n)R"), /calls numpy\.ndarray, which may only be named/],
    ["a call of int", pickleOf("c__builtin__\nint\n)R"), /calls __builtin__\.int, which may only be named/],
    ["a call of a dtype's name", pickleOf("ctorch\nfloat32\n)R"), /calls something that is no known global/],
    [
      "another codec",
      pickleOf("c_codecs\nencode\n", text("a"), text("rot13"), 0x86, "R"),
      /_codecs\.encode with wrong arguments/,
    ],
    ["bytes that are no latin1", pickleOf(encode("∞")), /not latin1/],
    ["bytes of a length", pickleOf("c__builtin__\nbytes\n", int(2 ** 40), 0x85, "R"), /bytes with wrong arguments/],
    [
      "a defaultdict of a function",
      pickleOf("ccollections\ndefaultdict\n", text("os.system"), 0x85, "R"),
      /defaultdict with wrong arguments/,
    ],
    [
      "a namespace made with arguments",
      pickleOf("cargparse\nNamespace\n", int(1), 0x85, 0x81),
      /namespace with wrong arguments/,
    ],
    [
      "a namespace that is called",
      pickleOf("cargparse\nNamespace\n)R"),
      /calls argparse\.Namespace, which may only be named/,
    ],
    [
      "a namespace whose attribute is a number",
      pickleOf("cargparse\nNamespace\n)", 0x81, "}", int(1), "Nsb"),
      /attribute whose name is no text/,
    ],
    [
      "a namespace that holds itself",
      pickleOf("cargparse\nNamespace\n)", 0x81, "q", 0, "}", text("x"), "h", 0, "sb"),
      /cyclic/,
    ],
    ["a set of lists", pickleOf("c__builtin__\nset\n](]e", 0x85, "R"), /set of something that sets do not hold/],
    ["a set that holds itself", pickleOf(0x8f, "q", 0, "(h", 0, 0x90), /cyclic/],
    ["items added to a list", pickleOf("](N", 0x90), /adds items to something other than a set/],
    ["ten thousand sets in each other", pickleOf(repeat(10_000, 0x28), repeat(10_000, 0x91)), /more than 200 deep/],
  ])("%s", async (_, pickle, reason) => {
    await expectRefusal(readTorch(await zipCheckpoint(pickle)), reason);
  });

  test("bytes that are copied again and again", async () => {
    const call = ["c_codecs\nencode\nh", 0, text("latin1"), 0x86, "R"] as const;
    const pickle = pickleOf("(", text("x".repeat(60_000)), "q", 0, repeat(100, ...pickleOf(...call).slice(2)), "t");
    await expectRefusal(
      readTorch(await zipCheckpoint(pickle), { budgetBytes: 2 ** 22 }),
      /by bytes that its pickle writes/,
    );
  });

  test("a set that is copied again and again", async () => {
    const call = pickleOf("c__builtin__\nset\nh", 0, 0x85, "R").slice(2);
    const pickle = pickleOf("](", repeat(60_000, 0x4b, 1), "eq", 0, "0(", repeat(40, ...call), "t");
    await expectRefusal(readTorch(await zipCheckpoint(pickle)), /makes more of itself/);
  });

  test("an attribute called __proto__ is an attribute and nothing else", async () => {
    const pickle = pickleOf(
      "cargparse\nNamespace\n)",
      0x81,
      "}",
      text("__proto__"),
      "}",
      text("polluted"),
      0x88,
      "ssb",
    );
    const read = (await readTorch(await zipCheckpoint(pickle))) as Map<string, Map<string, boolean>>;
    expect(read.get("__proto__")!.get("polluted")).toBe(true);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.getPrototypeOf(read)).not.toHaveProperty("polluted");
  });
});

describe("a tensor that is impossible is refused", () => {
  test.each([
    ["a negative size", tensorOf({ shape: [-1] }), /-1 is negative/],
    ["a negative stride", tensorOf({ stride: [-1] }), /-1 is negative/],
    ["a negative offset", tensorOf({ offset: -1 }), /-1 is negative/],
    ["an offset beyond the storage", tensorOf({ offset: 1 }), /leads out of storage "0", which has 1 elements/],
    ["a shape beyond the storage", tensorOf({ shape: [2] }), /leads out of storage/],
    ["a stride beyond the storage", tensorOf({ shape: [1, 2], stride: [1, 2 ** 40] }), /leads out of storage/],
    [
      "sizes whose product overflows",
      tensorOf({ shape: Array.from({ length: 64 }, () => 2 ** 31), stride: Array.from({ length: 64 }, () => 0) }),
      /overflows/,
    ],
    ["sizes beyond 2^53", tensorOf({ shape: [2n ** 62n], stride: [0] }), /tuples of at most 64 integers/],
    ["a stride too few", tensorOf({ shape: [1, 1] }), /a stride too many or too few/],
    ["65 axes", tensorOf({ shape: repeat(65, 1), stride: repeat(65, 1) }), /at most 64/],
    ["a storage that is truncated", tensorOf({ count: 2, shape: [2] }), /truncated: storage "0" needs 8 bytes/],
    ["a storage of negative size", tensorOf({ count: -1 }), /has -1 elements/],
    ["a storage that is missing", tensorOf({ key: "1" }), /storage "1" is missing/],
    ["a storage outside its folder", tensorOf({ key: "../data.pkl" }), /is missing/],
    [
      "a storage with two dtypes",
      pickleOf(tensorOf(), tensorOf({ storage: "IntStorage" }), 0x86).slice(2),
      /is 1 float32 here and 1 int32 there/,
    ],
  ])("%s", async (_, tensor, reason) => {
    await expectRefusal(readTorch(await zipCheckpoint(pickleOf(tensor))), reason);
  });

  test("one float that expands to a terabyte: read as a view, refused as values", async () => {
    const view = (await readTorch(
      await zipCheckpoint(pickleOf(tensorOf({ shape: [2 ** 19, 2 ** 19], stride: [0, 0] }))),
    )) as FileTensor;
    expect(view.shape).toEqual([2 ** 19, 2 ** 19]);
    await expectRefusal(view.values(), /by the values of a tensor \[524288, 524288\] of storage "0"/);
  });

  test("a hundred views that expand to 64 MB each", async () => {
    const view = tensorOf({ shape: [2 ** 24], stride: [0] });
    const entries = Array.from({ length: 100 }, (_, i) => [...text(`w${i}`), ...view]).flat();
    await expectRefusal(loadTorch(await zipCheckpoint(pickleOf("}(", entries, "u"))), /its tensors come to more than/);
  });
});

describe("a legacy file is refused", () => {
  const data = (count: bigint, bytes: number): Uint8Array => {
    const raw = new Uint8Array(8 + bytes);
    new DataView(raw.buffer).setBigInt64(0, count, true);
    return raw;
  };

  test("unless it is whole", async () => {
    expect(
      await ((await readTorch(legacyCheckpoint(pickleOf(tensorOf()), ["0"], data(1n, 4)))) as FileTensor).values(),
    ).toEqual(Float32Array.of(0));
  });

  test.each([
    ["if a storage is truncated", ["0"], data(1n, 3), /truncated/],
    ["if the count is missing", ["0"], new Uint8Array(3), /truncated/],
    ["if the count is negative", ["0"], data(-1n, 4), /has -1 elements where 1/],
    ["if the count is another", ["0"], data(2n ** 62n, 4), /has 4611686018427387904 elements where 1/],
    ["if a storage is not listed", [], data(1n, 4), /storage "0" is missing/],
    ["if a storage is listed twice", ["0", "0"], Uint8Array.from([...data(1n, 4), ...data(1n, 4)]), /comes twice/],
    [
      "if a storage belongs to nothing",
      ["0", "1"],
      Uint8Array.from([...data(1n, 4), ...data(1n, 4)]),
      /belongs to no tensor/,
    ],
  ])("%s", async (_, keys, after, reason) => {
    await expectRefusal(readTorch(legacyCheckpoint(pickleOf(tensorOf()), keys, after)), reason);
  });

  test("if a view leads out of its storage", async () => {
    const view = pickleOf(
      "(",
      text("storage"),
      "ctorch\nFloatStorage\n",
      text("0"),
      text("cpu"),
      int(4),
      "(",
      text("v"),
      int(3),
      int(2),
      "ttQ",
    ).slice(2);
    const tensor = pickleOf(
      "ctorch._utils\n_rebuild_tensor_v2\n(",
      view,
      int(0),
      "(",
      int(2),
      "t(",
      int(1),
      "t",
      0x89,
      "ccollections\nOrderedDict\n)RtR",
    );
    await expectRefusal(readTorch(legacyCheckpoint(tensor, ["0"], data(4n, 16))), /takes elements 3 to 5 of 4/);
  });

  test("if it is another pickle, or cut off anywhere in its head", async () => {
    await expectRefusal(readTorch(pickleOf("}.")), /magic number is missing/);
    const whole = legacyCheckpoint(pickleOf(tensorOf()), ["0"], data(1n, 4));
    for (let length = 1; length < whole.length; length++)
      await expectRefusal(readTorch(whole.slice(0, length)), /truncated/);
  });
});

test("small files that ask for much are read or refused within a heap of half a gigabyte", { timeout: 300_000 }, () => {
  const script = fileURLToPath(new URL("bombs.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--max-old-space-size=512", "--import", import.meta.resolve("tsx"), script],
    { encoding: "utf8" },
  );
  expect([status, stderr]).toEqual([0, ""]);
  const outcomes = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as [string, string]);
  expect(outcomes.filter(([, outcome]) => outcome !== "refused")).toEqual([
    ["a deflated storage that many view", "read"],
    ["an archive of many arrays", "read"],
  ]);
  expect(outcomes).toHaveLength(13);
});

test.each([
  ["an empty file", "", /is empty/],
  ["HDF5", "\x89HDF\r\n\x1a\n", /HDF5/],
  ["text", "hello, world", /no PyTorch checkpoint/],
  ["a tar archive", `${"x".repeat(257)}ustar`, /before PyTorch 0\.1\.10/],
])("%s is told apart", async (_, content, reason) => {
  await expectRefusal(readTorch(Uint8Array.from(content, (character) => character.charCodeAt(0))), reason);
});
