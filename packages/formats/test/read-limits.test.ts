import {
  encodeSafetensors,
  encodeTorch,
  type FileInput,
  fileTensor,
  type FileTensor,
  loadTorch,
  type ReadLimits,
  readNpz,
  readSafetensors,
  readTorch,
  type TorchSavable,
} from "@tapegrad/formats";
import { FormatError, ValueError } from "@tapegrad/tensor";
import { zipSync } from "fflate";
import { describe, expect, test } from "vitest";
import { legacyCheckpoint, npyOf, npyOfZeros, pickleOf, tensorOf, text, zipCheckpoint } from "./checkpoint-bytes.ts";
import { fixture } from "./golden.ts";

const floats = (count: number): TorchSavable => fileTensor(new Float32Array(count), [count]);

async function expectLimit(reading: Promise<unknown>, message: RegExp): Promise<void> {
  const error: unknown = await reading.then(
    () => null,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(FormatError);
  expect((error as FormatError).message).toMatch(message);
}

describe("budgetBytes", () => {
  const beyond = (limit: number): RegExp =>
    new RegExp(`makes more of itself than the limit \\(budgetBytes\\) of ${limit} bytes`);

  test("bounds what a zip checkpoint makes: its directory, its pickle, its objects", async () => {
    const file = await zipCheckpoint(pickleOf(text("x".repeat(20_000))));
    expect(await readTorch(file, { budgetBytes: 100_000 })).toBe("x".repeat(20_000));
    for (const budgetBytes of [10, 2_000, 20_000, 60_000])
      await expectLimit(readTorch(file, { budgetBytes }), beyond(budgetBytes));
  });

  test("bounds the pickles of a legacy checkpoint, wherever they end", async () => {
    const short = legacyCheckpoint(pickleOf(text("x".repeat(2000))), [], new Uint8Array(0));
    await expectLimit(readTorch(short, { budgetBytes: 1000 }), beyond(1000));
    expect(await readTorch(short)).toBe("x".repeat(2000));
    const parts = Array.from({ length: 40 }, () => text("x".repeat(60_000)));
    const long = legacyCheckpoint(pickleOf("(", parts.flat(), "l"), [], new Uint8Array(0));
    expect(await readTorch(long)).toHaveLength(40);
  });

  test("bounds the header of safetensors", async () => {
    const file = await encodeSafetensors({ a: fileTensor(Float32Array.of(1), [1]) });
    expect((await readSafetensors(file, { budgetBytes: Infinity })).tensors.size).toBe(1);
    await expectLimit(readSafetensors(file, { budgetBytes: 8 }), beyond(8));
  });

  test("bounds what a tensor repeats, beyond eight times what is in the file", async () => {
    const file = await zipCheckpoint(tensorOf({ shape: [1_000_000], stride: [0] }), { 0: new Uint8Array(4) });
    const values = async (budgetBytes: number): Promise<unknown> =>
      ((await readTorch(file, { budgetBytes })) as FileTensor).values();
    expect(await values(16_100_000)).toEqual(new Float32Array(1_000_000));
    await expectLimit(values(15_900_000), beyond(15_900_000));
  });

  test("counts a tensor once, however often it is read, and every other one on its storage", async () => {
    const view = tensorOf({ shape: [20_000], stride: [0] });
    const file = await zipCheckpoint(pickleOf("(", view, view, view, "l"), { 0: new Uint8Array(4) });
    const [a, b, c] = (await readTorch(file, { budgetBytes: 850_000 })) as readonly FileTensor[];
    for (let again = 0; again < 10; again++) await a!.values();
    await b!.values();
    await expectLimit(c!.values(), beyond(850_000));
    await a!.values();
  });

  test("counts what archives inflate to as one, beyond eight times its size in the file", async () => {
    const archive = (count: number): Uint8Array =>
      zipSync(Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.npy`, npyOfZeros(2 ** 20)])));
    expect((await readNpz(archive(4), { budgetBytes: 2 ** 24 + 20_000 })).size).toBe(4);
    await expectLimit(readNpz(archive(5), { budgetBytes: 2 ** 24 + 20_000 }), /what zip entry 4\.npy inflates to/);
  });

  test("is 128 MiB", async () => {
    const file = await zipCheckpoint(tensorOf({ shape: [2 ** 19, 2 ** 19], stride: [0, 0] }), { 0: new Uint8Array(4) });
    await expectLimit(((await readTorch(file)) as FileTensor).values(), beyond(2 ** 27));
  });

  test("does not count bytes that eight times their number inflates to", async () => {
    const noise = Uint8Array.from({ length: 2 ** 20 }, (_, i) => (i * i * 7919) >> 11);
    const archive = zipSync({ "a.npy": npyOf(noise) });
    expect(archive.length).toBeLessThan(2 ** 20);
    const array = (await readNpz(archive, { budgetBytes: 10_000 })).get("a")!;
    expect(await array.values()).toEqual(noise);
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
    await expect(read(new Uint8Array(), { budgetBytes: NaN })).rejects.toThrow(ValueError);
    await expect(read(new Uint8Array(), { tensorByte: 1 } as ReadLimits)).rejects.toThrow(/did you mean tensorBytes/);
  },
);
