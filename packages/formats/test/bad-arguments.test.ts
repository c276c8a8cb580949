import {
  encodeOnnx,
  encodeSafetensors,
  encodeTorch,
  FileTensor,
  fileTensor,
  loadTorch,
  readTorch,
  Tuple,
  withoutPrefix,
} from "@tapegrad/formats";
import { Linear } from "@tapegrad/nn";
import { ones } from "@tapegrad/tensor";
import { describe, expect, it } from "vitest";

const wrong = (options: unknown): never => options as never;

describe("formats refuse what plain JavaScript lets through", () => {
  it("an option that is not there, before anything is read or written", async () => {
    const model = new Linear(2, 2);
    await expect(encodeTorch(ones([1]), wrong({ as_int64: () => true }))).rejects.toThrow(
      /saveTorch: unknown option as_int64; expected asInt64 \(did you mean asInt64\?\)/,
    );
    await expect(encodeSafetensors({ a: ones([1]) }, wrong({ meta: {} }))).rejects.toThrow(
      /saveSafetensors: unknown option meta; expected metadata/,
    );
    await expect(encodeOnnx(model, ones([1, 2]), wrong({ opsetVersion: 13 }))).rejects.toThrow(
      /exportOnnx: unknown option opsetVersion; expected mode, dynamicBatch, inputName, outputName/,
    );
    await expect(loadTorch("nowhere.pth", wrong({ strip_prefix: "" }))).rejects.toThrow(
      /loadTorch: unknown option strip_prefix; .*did you mean stripPrefix\?/,
    );
    await expect(readTorch("nowhere.pth", wrong({ weightsOnly: true }))).rejects.toThrow(
      /readTorch: unknown option weightsOnly; expected checksums, tensorBytes, budgetBytes/,
    );
  });

  it.each([null, 3, true, []])("options that are %s", async (options) => {
    await expect(encodeTorch(ones([1]), wrong(options))).rejects.toThrow(/saveTorch: expected an object of options/);
    await expect(encodeSafetensors({}, wrong(options))).rejects.toThrow(/saveSafetensors: expected an object/);
    await expect(encodeOnnx(new Linear(2, 2), ones([1, 2]), wrong(options))).rejects.toThrow(/exportOnnx: expected an/);
    await expect(loadTorch("nowhere.pth", wrong(options))).rejects.toThrow(/loadTorch: expected an object of options/);
    await expect(readTorch("nowhere.pth", wrong(options))).rejects.toThrow(/readTorch: expected an object of options/);
  });

  it("an option of another kind", async () => {
    const model = new Linear(2, 2);
    await expect(encodeOnnx(model, ones([1, 2]), { mode: wrong("test") })).rejects.toThrow(
      'exportOnnx: mode must be "eval" or "train", got "test"',
    );
    await expect(encodeOnnx(model, ones([1, 2]), { dynamicBatch: wrong(1) })).rejects.toThrow(
      /dynamicBatch must be true/,
    );
    await expect(encodeOnnx(model, wrong([1, 2]))).rejects.toThrow(/exportOnnx: input must be a tensor, got \[1, 2\]/);
    await expect(encodeTorch(ones([1]), { asInt64: wrong("n") })).rejects.toThrow(
      /asInt64 must be a function, got "n"/,
    );
  });
});

it.each([undefined, null, {}, "x", NaN, 1e10, Symbol("s"), 5n, Promise.resolve(1)])(
  "parts of files refuse %o",
  (value) => {
    const values = new Float32Array(2);
    const { storage } = fileTensor(values, [2]);
    expect(() => fileTensor(wrong(value), [2])).toThrow("fileTensor: expected a typed array, got");
    expect(() => fileTensor(values, wrong(value))).toThrow("fileTensor: expected a shape such as [2, 3], got");
    expect(() => new FileTensor(wrong(value), { shape: [2] })).toThrow("FileTensor: expected a FileStorage, got");
    expect(() => new FileTensor(storage, wrong(value))).toThrow("FileTensor: expected a shape such as [2, 3], got");
    expect(() => new Tuple(wrong(value))).toThrow("Tuple: expected a list, got");
    if (typeof value !== "string")
      expect(() => withoutPrefix(new Map(), wrong(value))).toThrow("withoutPrefix: prefix must be a string, got");
  },
);
