import {
  encodeSafetensors,
  encodeTorch,
  fileTensor,
  loadTorch,
  readNpz,
  readSafetensors,
  readTorch,
} from "@tapegrad/formats";
import type { FileInput, ReadLimits, TorchSavable } from "@tapegrad/formats";
import { FormatError, ValueError } from "@tapegrad/tensor";
import { describe, expect, test } from "vitest";
import { fixture } from "./golden.ts";
import { hasNumpy, runPython } from "./python.ts";
import { legacyCheckpoint, pickleOf, tensorOf, text, zipCheckpoint } from "./checkpoint-bytes.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const floats = (count: number): TorchSavable => fileTensor(new Float32Array(count), [count]);

async function expectLimit(reading: Promise<unknown>, message: RegExp): Promise<void> {
  const error: unknown = await reading.then(
    () => null,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).message).toMatch(message);
}

describe("headerBytes", () => {
  test("bounds the pickle of a zip checkpoint, and its directory", async () => {
    const file = await zipCheckpoint(pickleOf(text("x".repeat(2000))));
    expect(await readTorch(file)).toBe("x".repeat(2000));
    await expectLimit(readTorch(file, { headerBytes: 1000 }), /its pickle has \d+ bytes.*\(headerBytes\) of 1000/);
    await expectLimit(readTorch(file, { headerBytes: 10 }), /its zip directory has \d+ bytes.*\(headerBytes\) of 10/);
  });

  test("bounds the pickles of a legacy checkpoint", async () => {
    const file = legacyCheckpoint(pickleOf(text("x".repeat(2000))), [], new Uint8Array(0));
    expect(await readTorch(file, { headerBytes: 3000 })).toBe("x".repeat(2000));
    await expectLimit(readTorch(file, { headerBytes: 1000 }), /its pickles take more bytes.*\(headerBytes\) of 1000/);
  });

  test("bounds the header of safetensors, and may be raised", async () => {
    const file = await encodeSafetensors({ a: fileTensor(Float32Array.of(1), [1]) });
    expect((await readSafetensors(file, { headerBytes: Infinity })).tensors.size).toBe(1);
    await expectLimit(
      readSafetensors(file, { headerBytes: 8 }),
      /its safetensors header would take.*\(headerBytes\) of 8/,
    );
  });
});

describe("tensorBytes", () => {
  const readers: [string, (limits: ReadLimits) => Promise<unknown>][] = [
    ["readTorch", async (limits) => readTorch(await encodeTorch(floats(10)), limits)],
    ["loadTorch", async (limits) => loadTorch(await encodeTorch(new Map([["a", floats(10)]])), limits)],
    [
      "readSafetensors",
      async (limits) => readSafetensors(await encodeSafetensors({ a: fileTensor(new Float32Array(10), [10]) }), limits),
    ],
  ];
  test.each(readers)("bounds what %s takes for one tensor", async (_, read) => {
    await read({ tensorBytes: 40 });
    await expectLimit(read({ tensorBytes: 39 }), /takes 40 bytes, more than the limit \(tensorBytes\) of 39/);
  });

  test("bounds arrays of an archive", async () => {
    const path = fixture("two.npz");
    const largest = Math.max(...Array.from((await readNpz(path)).values(), ({ byteLength }) => byteLength));
    expect((await readNpz(path, { tensorBytes: largest })).size).toBe(2);
    await expectLimit(readNpz(path, { tensorBytes: largest - 1 }), /more than the limit \(tensorBytes\)/);
  });

  test("bounds a tensor that repeats a storage smaller than itself", async () => {
    const file = await zipCheckpoint(tensorOf({ shape: [100], stride: [0] }), { 0: new Uint8Array(4) });
    await readTorch(file, { tensorBytes: 400 });
    await expectLimit(readTorch(file, { tensorBytes: 399 }), /takes 400 bytes, more than the limit \(tensorBytes\)/);
  });
});

describe("bombBytes", () => {
  test("bounds what a tensor repeats", async () => {
    const file = await zipCheckpoint(tensorOf({ shape: [100], stride: [0] }), { 0: new Uint8Array(4) });
    const values = async (bombBytes: number): Promise<unknown> =>
      ((await readTorch(file, { bombBytes })) as { values(): Promise<unknown> }).values();
    expect(await values(400)).toEqual(new Float32Array(100));
    await expectLimit(values(399), /expands to 400 bytes from 4, more than the limit \(bombBytes\) of 399/);
  });

  test.skipIf(!hasNumpy)("lets an archive of zeros inflate a thousandfold, where it is raised", async () => {
    const path = `${temporaryFolder()}/zeros.npz`;
    runPython("import sys, numpy; numpy.savez_compressed(sys.argv[1], a=numpy.zeros(2**25, numpy.uint8))", path);
    const bytes = async (limits: ReadLimits): Promise<number> => (await readNpz(path, limits)).get("a")!.byteLength;
    expect(await bytes({})).toBe(2 ** 25);
    await expectLimit(bytes({ bombBytes: 2 ** 24 }), /\(bombBytes\) of 16777216: refused as a zip bomb/);
    runPython("import sys, numpy; numpy.savez_compressed(sys.argv[1], a=numpy.zeros(2**26 + 1, numpy.uint8))", path);
    await expectLimit(bytes({}), /\(bombBytes\) of 67108864: refused as a zip bomb/);
    expect(await bytes({ bombBytes: 2 ** 27 })).toBe(2 ** 26 + 1);
  });
});

test.each([
  ["readTorch", readTorch],
  ["readSafetensors", readSafetensors],
  ["readNpz", readNpz],
] as [string, (input: FileInput, limits: ReadLimits) => Promise<unknown>][])(
  "%s refuses limits that are no sizes, and options that it does not have",
  async (name, read) => {
    await expect(read(new Uint8Array(), { tensorBytes: -1 })).rejects.toThrow(
      new ValueError(`${name}: tensorBytes must be a number of bytes, got -1`),
    );
    await expect(read(new Uint8Array(), { bombBytes: NaN })).rejects.toThrow(ValueError);
    await expect(read(new Uint8Array(), { tensorByte: 1 } as ReadLimits)).rejects.toThrow(/did you mean tensorBytes/);
  },
);
