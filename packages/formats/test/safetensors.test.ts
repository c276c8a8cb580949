import { join } from "node:path";
import {
  encodeSafetensors,
  fileTensor,
  type FileTensor,
  loadSafetensors,
  readSafetensors,
  saveSafetensors,
} from "@tapegrad/formats";
import { FormatError, ValueError, tensor } from "@tapegrad/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExpectedTensor, expectValue, fixture, golden } from "./golden.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder();

test("every dtype reads as PyTorch wrote it, unaligned ones too", async () => {
  const { metadata, tensors } = await readSafetensors(fixture("state_dict.safetensors"));
  expect(metadata).toEqual(new Map([["format", "pt"]]));
  const expected = new Map((golden.state_dict as { $dict: [string, { $tensor: ExpectedTensor }][] }).$dict);
  expect(tensors.size).toBeGreaterThan(10);
  for (const [name, read] of tensors) {
    const { $tensor } = expected.get(name)!;
    const { stride } = read;
    await expectValue(read, { $tensor: { ...$tensor, stride, storageOffset: 0, isParameter: false } });
  }
});

test("any tensors under any names read back bit for bit", async () => {
  const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
  const named = fc.uniqueArray(
    fc.tuple(
      fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__"),
      shape.chain((extents) => {
        const size = extents.reduce((a, b) => a * b, 1);
        return fc.oneof(
          fc
            .float32Array({ minLength: size, maxLength: size })
            .map((values) => fileTensor(new Float32Array(values), extents)),
          fc
            .bigInt64Array({ minLength: size, maxLength: size })
            .map((values) => fileTensor(new BigInt64Array(values), extents)),
          fc
            .int8Array({ minLength: size, maxLength: size })
            .map((values) => fileTensor(new Int8Array(values), extents)),
        );
      }),
    ),
    { selector: ([name]) => name, maxLength: 5 },
  );
  await fc.assert(
    fc.asyncProperty(named, fc.dictionary(fc.string(), fc.string()), async (entries, metadata) => {
      const read = await readSafetensors(await encodeSafetensors(new Map(entries), { metadata }));
      expect(Object.fromEntries(read.metadata)).toEqual(metadata);
      expect(new Set(read.tensors.keys())).toEqual(new Set(entries.map(([name]) => name)));
      for (const [name, saved] of entries) await expectSame(read.tensors.get(name)!, saved);
    }),
  );
});

test("a file of device tensors loads as tensors", async () => {
  const path = join(folder, "model.safetensors");
  await saveSafetensors(path, {
    10: tensor([
      [1, 2],
      [3, 4],
    ]),
    2: tensor(Int32Array.of(-5)),
  });
  const loaded = await loadSafetensors(path);
  expect(await loaded.get("10")!.array()).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(await loaded.get("2")!.data()).toEqual(Int32Array.of(-5));
});

test("__metadata__ names no tensor", async () => {
  await expect(encodeSafetensors({ __metadata__: tensor(1) })).rejects.toThrow(ValueError);
});

test("what is no tensor is refused by its name", async () => {
  const foreign = { storage: {}, dtype: "float32", shape: [2], size: 2 };
  for (const wrong of [5, null, undefined, [1], foreign])
    await expect(encodeSafetensors({ a: wrong as never })).rejects.toThrow(
      /^saveSafetensors: "a" must be a tensor, got/,
    );
  await expect(encodeSafetensors({ a: foreign as never })).rejects.toThrow(/of another copy of @tapegrad\/tensor/);
  for (const wrong of [5, null, undefined, "x", new Float32Array(1)])
    await expect(encodeSafetensors(wrong as never)).rejects.toThrow(
      /^saveSafetensors: expected tensors under their names/,
    );
});

test("names come in the order of the header, like numbers or not", async () => {
  const entry = (at: number): string => `{"dtype":"U8","shape":[1],"data_offsets":[${at},${at + 1}]}`;
  const file = encode(`{"b":${entry(0)},"10":${entry(1)},"2":${entry(2)}, "\\u0061" : ${entry(3)}}  \n`, 4);
  expect([...(await readSafetensors(file)).tensors.keys()]).toEqual(["b", "10", "2", "a"]);
});

test("a dtype that is not known, or a field, leaves the rest readable", async () => {
  const header = {
    odd: { dtype: "F4", shape: [2, 3], data_offsets: [0, 3], comment: [{ a: [null, true, -1.5e3] }] },
    known: { dtype: "F32", shape: [1], data_offsets: [3, 7] },
    narrow: { dtype: "F8_E4M3", shape: [4], data_offsets: [7, 11] },
    wide: { dtype: "F8_E5M2", shape: [4], data_offsets: [11, 15] },
  };
  const file = encode(JSON.stringify(header), 15);
  file.set([1, 2, 3, 0, 0, 128, 63, 0x38, 0xff, 0x01, 0xfe, 0x3c, 0xfc, 0x01, 0x7d], file.length - 15);
  const { tensors } = await readSafetensors(file);
  const [odd, known, narrow, wide] = [...tensors.values()];
  expect(await known!.values()).toEqual(Float32Array.of(1));
  expect(await narrow!.values()).toEqual(Float32Array.of(1, NaN, 2 ** -9, -448));
  expect(await wide!.values()).toEqual(Float32Array.of(1, -Infinity, 2 ** -16, NaN));
  expect([odd!.dtype, odd!.dtypeName, odd!.shape, odd!.byteLength]).toEqual(["unknown", "F4", [2, 3], 3]);
  expect(await odd!.bytes()).toEqual(Uint8Array.of(1, 2, 3));
  await expect(odd!.values()).rejects.toThrow(
    /a F4 tensor \[2, 3\] of the tensor "odd" is of a dtype that is not read/,
  );
  await expect(loadSafetensors(file)).rejects.toThrow(FormatError);
  await expect(encodeSafetensors(tensors)).rejects.toThrow(/"odd" is of a dtype that is not known/);
});

test("mixed dtypes are written aligned, each to its own size", async () => {
  const named = { a: fileTensor(Uint8Array.of(1), [1]), b: fileTensor(Float64Array.of(2), [1]) };
  const more = { c: fileTensor(Int16Array.of(3), [1]), d: tensor([4]), e: fileTensor(BigInt64Array.of(5n), [1]) };
  const file = await encodeSafetensors({ ...named, ...more });
  const headerSize = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerSize))) as Record<
    string,
    { data_offsets: [number, number]; shape: number[] }
  >;
  expect(headerSize % 8).toBe(0);
  for (const {
    data_offsets: [begin, end],
  } of Object.values(header))
    expect(begin % (end - begin)).toBe(0);
  expect(Object.keys(header)).toEqual(["b", "e", "d", "c", "a"]);
});

describe("a file is refused", () => {
  test.each([
    ["if a name comes twice", `{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{}}`, /"a" comes twice/],
    ["if a field comes twice", `{"a":{"dtype":"U8","dtype":"U8"}}`, /has the field dtype twice/],
    ["if a shape comes twice", `{"a":{"shape":[],"shape":[]}}`, /has the field shape twice/],
    ["if metadata comes twice", `{"__metadata__":{},"__metadata__":{}}`, /comes twice/],
    ["if a key of the metadata comes twice", `{"__metadata__":{"a":"","a":""}}`, /metadata "a" comes twice/],
    ["if it does not begin with {", ` {}`, /does not begin with \{/],
    ["if something follows", `{}{}`, /goes on after its end/],
    ["if a dtype is nested", `{"a":{"dtype":${"[".repeat(50_000)}`, /dtype that is no text/],
    ["if it is nested deep", `{"a":{"x":${"[".repeat(50_000)}`, /nested more than 64 deep/],
    ["if a shape has too many sizes", `{"a":{"shape":[${"1,".repeat(1000)}1]}}`, /list of something else than sizes/],
    ["if text does not end", `{"a`, /text that does not end/],
    ["if an escape is impossible", `{"\\x":{}}`, /impossible escapes/],
    ["if a number is none", `{"a":{"x":01}}`, /is damaged/],
    ["if a comma is missing", `{"a":{"x":1 "y":2}}`, /is damaged/],
    ["if a comma is too many", `{"a":{"x":1,}}`, /is damaged/],
  ])("%s", async (_, json, reason) => {
    await expect(readSafetensors(encode(json, 0))).rejects.toThrow(FormatError);
    await expect(readSafetensors(encode(json, 0))).rejects.toThrow(reason);
  });

  const f32 = (begin: number, end: number): object => ({
    dtype: "F32",
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });

  test.each<[why: string, header: unknown, bytes: number, reason: RegExp]>([
    ["if tensors overlap", { a: f32(0, 8), b: f32(4, 12) }, 12, /overlap or leave a gap/],
    ["if tensors leave a gap", { a: f32(0, 4), b: f32(8, 12) }, 12, /overlap or leave a gap/],
    ["if bytes are left over", { a: f32(0, 4) }, 8, /take 4 bytes of 8/],
    ["if it is truncated", { a: f32(0, 40) }, 8, /truncated/],
    ["if a size is negative", { a: { dtype: "F32", shape: [-1, -1], data_offsets: [0, 4] } }, 4, /no list of sizes/],
    [
      "if the sizes overflow",
      { a: { dtype: "F32", shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } },
      4,
      /do not fill/,
    ],
    ["if offsets run backwards", { a: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4, /do not fill/],
    ["if metadata is no text", { __metadata__: { a: 1 } }, 0, /no text/],
    ["if the header is a list", [], 0, /does not begin with \{/],
    ["if an entry is a list", { a: [] }, 0, /entry "a" is no JSON object/],
  ])("%s", async (_, header, bytes, reason) => {
    const reading = readSafetensors(encode(JSON.stringify(header), bytes));
    await expect(reading).rejects.toThrow(FormatError);
    await expect(reading).rejects.toThrow(reason);
  });

  test("if the header announces more than there is", async () => {
    const file = new Uint8Array(16);
    new DataView(file.buffer).setBigUint64(0, 2n ** 63n, true);
    await expect(readSafetensors(file)).rejects.toThrow(/would take 9223372036854776000 bytes/);
  });

  test("not even if a tensor is called __proto__; nothing is polluted", async () => {
    const { tensors } = await readSafetensors(
      encode('{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
    );
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["dtype"]).toBeUndefined();
  });
});

function encode(json: string, dataBytes: number): Uint8Array {
  const header = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

async function expectSame(read: FileTensor, saved: FileTensor): Promise<void> {
  expect({ dtype: read.dtype, shape: read.shape }).toEqual({ dtype: saved.dtype, shape: saved.shape });
  expect(await read.bytes()).toEqual(await saved.bytes());
}
